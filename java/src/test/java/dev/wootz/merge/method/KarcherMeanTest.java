package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KarcherMeanTest {

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 9})
  void theMeanIsWhereTheTangentsCancel(int k) {
    double[][] x = vectors(k, 20, k);
    double[] u = combine(x, KarcherMean.weights(gram(x), 200, 1e-14));
    double length = norm(u);
    double meanLength = 0;
    for (double[] vector : x) {
      meanLength += norm(vector) / k;
    }
    assertThat(length).isCloseTo(meanLength, within(1e-12));
    double[] tangent = new double[u.length];
    for (double[] vector : x) {
      double cosine = dot(u, vector) / (length * norm(vector));
      double theta = Math.acos(cosine);
      for (int i = 0; i < u.length; i++) {
        tangent[i] += theta / Math.sin(theta) * (vector[i] / norm(vector) - cosine * u[i] / length);
      }
    }
    assertThat(norm(tangent)).isLessThan(1e-11);
  }

  @Test
  void twoVectorsMeetHalfWay() {
    double[][] x = {{3, 0}, {0, 5}};
    assertThat(combine(x, KarcherMean.weights(gram(x), 10, 1e-5)))
        .containsExactly(new double[] {4 * Math.sqrt(0.5), 4 * Math.sqrt(0.5)}, within(1e-14));
  }

  @Test
  void equalVectorsAreTheirMean() {
    double[][] x = {{1, 2, 2}, {1, 2, 2}, {1, 2, 2}};
    assertThat(combine(x, KarcherMean.weights(gram(x), 10, 1e-5))).containsExactly(new double[] {1, 2, 2}, within(1e-15));
  }

  @Test
  void oppositeVectorsKeepTheFirstDirection() {
    double[][] x = {{1, 2, 2}, {-2, -4, -4}};
    assertThat(combine(x, KarcherMean.weights(gram(x), 10, 1e-5))).containsExactly(new double[] {1.5, 3, 3}, within(1e-14));
  }

  @Test
  void zeroVectorsCountOnlyAsLengths() {
    double[][] x = {{0, 0}, {0, 3}};
    assertThat(combine(x, KarcherMean.weights(gram(x), 10, 1e-5))).containsExactly(0, 1.5);
    assertThat(KarcherMean.weights(gram(new double[][] {{0, 0}, {0, 0}}), 10, 1e-5)).containsExactly(0.5, 0.5);
  }

  @Test
  void doesNotDependOnTheOrder() {
    double[][] x = vectors(3, 12, 4);
    double[] forward = combine(x, KarcherMean.weights(gram(x), 10, 1e-5));
    double[][] turned = {x[2], x[0], x[1]};
    assertThat(combine(turned, KarcherMean.weights(gram(turned), 10, 1e-5))).containsExactly(forward, within(1e-13));
  }

  /** Steps of about the angle between the vectors must not vanish in the cosines' rounding. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 1e-4, 1e-6, 1e-8})
  void nearlyParallelVectorsGiveTheirMean(double angle) {
    double[][] x = {{1, angle, 0}, {1, -angle, 0}, {1, 0, angle}};
    double[] mean = combine(x, KarcherMean.weights(gram(x), 10, 1e-5));
    assertThat(mean).containsExactly(new double[] {1, 0, angle / 3}, within(2 * angle * angle + 1e-15));
  }

  static double[][] vectors(int k, int n, long seed) {
    Random random = new Random(seed);
    double[][] x = new double[k][n];
    for (int i = 0; i < n; i++) {
      double shared = random.nextGaussian();
      for (int j = 0; j < k; j++) {
        x[j][i] = shared + random.nextGaussian();
      }
    }
    return x;
  }

  static Gram gram(double[][] x) {
    double[] entries = new double[x.length * x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        entries[i * x.length + j] = dot(x[i], x[j]);
      }
    }
    return new Gram(entries, x.length);
  }

  static double[] combine(double[][] x, double[] weights) {
    double[] sum = new double[x[0].length];
    for (int j = 0; j < x.length; j++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weights[j] * x[j][i];
      }
    }
    return sum;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
