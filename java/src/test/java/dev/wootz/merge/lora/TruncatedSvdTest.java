package dev.wootz.merge.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.tensor.Tensor;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncatedSvdTest {
  private static final Runnable NEVER = () -> {};

  /** A float32 copy. */
  private static Difference difference(double[][] d) {
    float[] values = new float[d.length * d[0].length];
    for (int r = 0; r < d.length; r++) {
      for (int c = 0; c < d[0].length; c++) {
        values[r * d[0].length + c] = (float) d[r][c];
      }
    }
    Tensor flat = Tensor.of(values);
    return Difference.of(Tensor.over(flat.memory(), flat.dtype(), d.length, d[0].length));
  }

  private record Outcome(int rank, double energy, double residual, float[] a, float[] b) {}

  private static Outcome decompose(double[][] matrix, int rank, double epsilon, long key) {
    try (Difference d = difference(matrix);
        LowRankFactors factors = new TruncatedSvd(d, rank, NEVER).factors(epsilon, key)) {
      assertThat(factors.b().shape().toArray()).containsExactly(matrix.length, factors.rank());
      assertThat(factors.a().shape().toArray()).containsExactly(factors.rank(), matrix[0].length);
      double energy = d.energy();
      d.subtract(factors.b(), factors.a());
      return new Outcome(factors.rank(), energy, d.energy(), factors.a().toFloats(), factors.b().toFloats());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 40, 1", "40, 1, 1", "1, 300, 16", "3, 7, 2", "31, 65, 8", "64, 200, 16", "200, 64, 16", "90, 80, 70"})
  void theErrorIsTheTailOfTheSingularValues(int rows, int cols, int rank) {
    double[][] d = PlainSvd.noise(rows, cols, rows * 1000L + cols);
    double[] s = PlainSvd.singularValues(d);
    int possible = Math.min(rank, s.length);
    Outcome outcome = decompose(d, rank, 0, 1);
    assertThat(outcome.rank()).isEqualTo(possible);
    assertThat(outcome.residual()).isCloseTo(PlainSvd.tail(s, possible), within(1e-6 * outcome.energy()));
  }

  /** Singular values that fall as fine-tuning's do: the iteration reaches the best approximation. */
  @ParameterizedTest
  @CsvSource({"260, 230, 4", "230, 260, 16", "150, 400, 32", "400, 150, 40"})
  void fallingSingularValuesAreFoundByIteration(int rows, int cols, int rank) {
    double[] s = new double[Math.min(rows, cols)];
    for (int j = 0; j < s.length; j++) {
      s[j] = 3 / Math.pow(1 + j, 0.7);
    }
    Outcome outcome = decompose(PlainSvd.withSingularValues(rows, cols, s, rows), rank, 0, 1);
    assertThat(outcome.rank()).isEqualTo(rank);
    double best = PlainSvd.tail(s, rank);
    assertThat(outcome.residual()).isBetween(best * (1 - 1e-6), best * 1.001);
  }

  /** The slowest to converge. */
  @Test
  void noiseIsApproximatedAlmostAsWellAsPossible() {
    double[][] d = PlainSvd.noise(260, 220, 3);
    double[] s = PlainSvd.singularValues(d);
    for (int rank : new int[] {1, 8, 48}) {
      double best = PlainSvd.tail(s, rank);
      assertThat(decompose(d, rank, 0, 7).residual()).isBetween(best * (1 - 1e-6), best * 1.004);
    }
  }

  @ParameterizedTest
  @CsvSource({"300, 250, 3", "300, 250, 8", "50, 300, 8"})
  void aMatrixOfLowRankIsRestored(int rows, int cols, int rank) {
    double[] s = {5, 4, 3e-2};
    Outcome outcome = decompose(PlainSvd.withSingularValues(rows, cols, s, 9), rank, 0, 1);
    assertThat(outcome.rank()).isBetween(3, rank);
    assertThat(Math.sqrt(outcome.residual())).isLessThan(3e-7 * Math.sqrt(outcome.energy()));
  }

  @ParameterizedTest
  @CsvSource({"0.5, 2", "0.05, 3", "1e-4, 5"})
  void smallSingularValuesAreDropped(double epsilon, int rank) {
    double[][] d = PlainSvd.withSingularValues(200, 180, new double[] {10, 6, 1, 0.1, 0.01, 1e-4}, 2);
    assertThat(decompose(d, 16, epsilon, 1).rank()).isEqualTo(rank);
  }

  @Test
  void valuesOfAnySizeAreDecomposed() {
    for (double scale : new double[] {1e-30, 1e-12, 1e12}) {
      Outcome outcome = decompose(PlainSvd.withSingularValues(150, 140, new double[] {3 * scale, 2 * scale, scale}, 4), 3, 0, 1);
      assertThat(Math.sqrt(outcome.residual())).as("scale %s", scale).isLessThan(1e-6 * Math.sqrt(outcome.energy()));
    }
  }

  @Test
  void theSameKeyGivesTheSameFactors() {
    double[][] d = PlainSvd.noise(150, 130, 5);
    Outcome first = decompose(d, 8, 0, 42);
    Outcome second = decompose(d, 8, 0, 42);
    assertThat(second.a()).isEqualTo(first.a());
    assertThat(second.b()).isEqualTo(first.b());
    assertThat(decompose(d, 8, 0, 43).a()).isNotEqualTo(first.a());
  }

  @Test
  void endsWhenInterrupted() {
    Runnable interruption =
        () -> {
          throw new CancellationException();
        };
    try (Difference d = difference(PlainSvd.noise(150, 130, 5))) {
      assertThatThrownBy(() -> new TruncatedSvd(d, 8, interruption).factors(0, 1)).isInstanceOf(CancellationException.class);
    }
  }
}
