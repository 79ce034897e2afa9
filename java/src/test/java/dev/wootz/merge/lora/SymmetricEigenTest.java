package dev.wootz.merge.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SymmetricEigenTest {

  /** X X^T */
  private static double[][] gram(double[][] x) {
    double[][] g = new double[x.length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        g[i][j] = PlainSvd.dot(x[i], x[j]);
      }
    }
    return g;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 33, 100})
  void vectorsAreOrthonormalAndSatisfyTheDefinition(int n) {
    double[][] g = gram(PlainSvd.noise(n, n + 3, n));
    SymmetricEigen eigen = SymmetricEigen.of(g);
    assertThat(eigen.values()).hasSize(n);
    for (int j = 0; j < n; j++) {
      double[] v = eigen.vectors()[j];
      assertThat(j == 0 || eigen.values()[j] <= eigen.values()[j - 1]).isTrue();
      for (int i = 0; i <= j; i++) {
        assertThat(PlainSvd.dot(v, eigen.vectors()[i])).isCloseTo(i == j ? 1 : 0, within(1e-12));
      }
      for (int i = 0; i < n; i++) {
        assertThat(PlainSvd.dot(g[i], v)).isCloseTo(eigen.values()[j] * v[i], within(1e-12 * eigen.values()[0]));
      }
    }
  }

  /** Rows of lengths 1 to 1e-6, nearly orthogonal: each eigenvalue to its own precision, not to that of the largest. */
  @Test
  void smallEigenvaluesKeepTheirDigits() {
    double[][] x = PlainSvd.withSingularValues(7, 30, new double[] {1, 1, 1, 1, 1, 1, 1}, 6);
    for (int i = 0; i < 7; i++) {
      for (int k = 0; k < 30; k++) {
        x[i][k] *= Math.pow(10, -i);
      }
    }
    SymmetricEigen eigen = SymmetricEigen.of(gram(x));
    for (int j = 0; j < 7; j++) {
      assertThat(eigen.values()[j]).isCloseTo(Math.pow(10, -2 * j), within(1e-12 * Math.pow(10, -2 * j)));
    }
  }

  @Test
  void dependentRowsGiveFewerVectors() {
    assertThat(SymmetricEigen.of(gram(PlainSvd.withSingularValues(20, 30, new double[] {3, 2, 1}, 8))).values()).hasSize(3);
    assertThat(SymmetricEigen.of(new double[4][4]).values()).isEmpty();
  }

  @Test
  void whiteningMakesColumnsOrthonormal() {
    double[][] g = gram(PlainSvd.noise(12, 15, 3));
    double[][] w = PivotedCholesky.of(g, 1e-13).whitening();
    for (int p = 0; p < 12; p++) {
      for (int q = 0; q < 12; q++) {
        double sum = 0;
        for (int i = 0; i < 12; i++) {
          for (int j = 0; j < 12; j++) {
            sum += w[i][p] * g[i][j] * w[j][q];
          }
        }
        assertThat(sum).isCloseTo(p == q ? 1 : 0, within(1e-10));
      }
    }
  }
}
