package dev.wootz.merge.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncatedSvdTest {

  /** A matrix in memory, products in float64. */
  private record Dense(double[][] d) implements LinearMap {
    @Override
    public int rows() {
      return d.length;
    }

    @Override
    public int cols() {
      return d[0].length;
    }

    @Override
    public Columns times(Columns x) {
      Columns product = Columns.zeros(rows(), x.count());
      for (int j = 0; j < x.count(); j++) {
        for (int i = 0; i < rows(); i++) {
          product.columns()[j][i] = Columns.dot(d[i], x.columns()[j]);
        }
      }
      return product;
    }

    @Override
    public Columns transposedTimes(Columns y) {
      Columns product = Columns.zeros(cols(), y.count());
      for (int j = 0; j < y.count(); j++) {
        for (int i = 0; i < rows(); i++) {
          for (int c = 0; c < cols(); c++) {
            product.columns()[j][c] += d[i][c] * y.columns()[j][i];
          }
        }
      }
      return product;
    }

    double norm() {
      double sum = 0;
      for (double[] row : d) {
        sum += Columns.dot(row, row);
      }
      return Math.sqrt(sum);
    }

    /** |D - U diag(s) Vᵀ| */
    double distance(TruncatedSvd svd) {
      double sum = 0;
      for (int i = 0; i < rows(); i++) {
        for (int c = 0; c < cols(); c++) {
          double left = d[i][c];
          for (int j = 0; j < svd.s().length; j++) {
            left -= svd.u().columns()[j][i] * svd.s()[j] * svd.v().columns()[j][c];
          }
          sum += left * left;
        }
      }
      return Math.sqrt(sum);
    }
  }

  private static Dense noise(int rows, int cols, long seed) {
    Random random = new Random(seed);
    double[][] d = new double[rows][cols];
    for (double[] row : d) {
      for (int c = 0; c < cols; c++) {
        row[c] = random.nextGaussian();
      }
    }
    return new Dense(d);
  }

  /** Orthonormal vectors times the given singular values. */
  private static Dense withSingularValues(int rows, int cols, double[] s, long seed) {
    Columns u = noise(rows, s.length, seed).times(Columns.identity(s.length));
    Columns v = noise(cols, s.length, seed + 1).times(Columns.identity(s.length));
    u.orthonormalise();
    v.orthonormalise();
    double[][] d = new double[rows][cols];
    for (int i = 0; i < rows; i++) {
      for (int c = 0; c < cols; c++) {
        for (int j = 0; j < s.length; j++) {
          d[i][c] += u.columns()[j][i] * s[j] * v.columns()[j][c];
        }
      }
    }
    return new Dense(d);
  }

  private static void assertOrthonormal(Columns x) {
    for (int i = 0; i < x.count(); i++) {
      for (int j = 0; j <= i; j++) {
        assertThat(Columns.dot(x.columns()[i], x.columns()[j])).isCloseTo(i == j ? 1 : 0, within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 7, 3", "7, 3, 2", "31, 65, 8", "65, 31, 31", "192, 300, 16", "300, 191, 5"})
  void shortSidesAreDecomposedExactly(int rows, int cols, int rank) {
    Dense d = noise(rows, cols, rows * 1000L + cols);
    int all = Math.min(rows, cols);
    TruncatedSvd complete = TruncatedSvd.of(d, all, 1);
    assertThat(d.distance(complete)).isLessThan(1e-12 * d.norm());
    TruncatedSvd svd = TruncatedSvd.of(d, rank, 1);
    assertOrthonormal(svd.u());
    assertOrthonormal(svd.v());
    double tail = 0;
    for (int j = rank; j < all; j++) {
      tail += complete.s()[j] * complete.s()[j];
    }
    assertThat(d.distance(svd)).isCloseTo(Math.sqrt(tail), within(1e-10 * d.norm()));
  }

  @Test
  void findsGivenSingularValues() {
    double[] s = {100, 10, 1, 0.1, 1e-3, 1e-6};
    TruncatedSvd svd = TruncatedSvd.of(withSingularValues(250, 220, s, 5), 6, 1);
    for (int j = 0; j < s.length; j++) {
      assertThat(svd.s()[j]).isCloseTo(s[j], within(1e-9 * s[j] + 1e-12));
    }
  }

  @Test
  void aMatrixOfLowRankIsRestored() {
    double[] s = {5, 4, 3};
    for (int rank : new int[] {3, 8}) {
      Dense d = withSingularValues(260, 230, s, 9);
      TruncatedSvd svd = TruncatedSvd.of(d, rank, 1);
      assertThat(d.distance(svd)).isLessThan(1e-10);
      assertThat(svd.energy()).isCloseTo(50, within(1e-9));
    }
  }

  /** The hardest case: pure noise, whose singular values fall slowly. Within one percent of the optimum's distance. */
  @Test
  void noiseIsApproximatedAlmostOptimally() {
    Dense d = noise(300, 260, 3);
    double[] all = JacobiSvd.of(square(d)).s();
    for (int rank : new int[] {4, 16, 48}) {
      double tail = 0;
      for (int j = rank; j < all.length; j++) {
        tail += all[j] * all[j];
      }
      assertThat(d.distance(TruncatedSvd.of(d, rank, 7))).isBetween(Math.sqrt(tail) * (1 - 1e-12), Math.sqrt(tail) * 1.01);
    }
  }

  /** The triangular factor of D, which has its singular values. */
  private static double[][] square(Dense d) {
    return d.times(Columns.identity(d.cols())).orthonormalise();
  }

  @Test
  void zeroHasZeroSingularValues() {
    TruncatedSvd svd = TruncatedSvd.of(new Dense(new double[250][220]), 4, 1);
    assertThat(svd.s()).containsOnly(0);
    assertThat(svd.energy()).isZero();
  }
}
