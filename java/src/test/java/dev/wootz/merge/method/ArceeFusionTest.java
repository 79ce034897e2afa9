package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArceeFusionTest {

  private static double[] scores(float[] x, float[] base, int cols) {
    double[] scores = new double[x.length];
    for (int row = 0; row < x.length; row += cols) {
      double[] p = softmax(x, row, cols);
      double[] q = softmax(base, row, cols);
      double divergence = 0;
      for (int c = 0; c < cols; c++) {
        divergence += p[c] * Math.log(p[c] / q[c]);
      }
      for (int c = 0; c < cols; c++) {
        scores[row + c] = Math.abs((double) x[row + c] - base[row + c]) * divergence;
      }
    }
    return scores;
  }

  private static double[] softmax(float[] x, int row, int cols) {
    double sum = 0;
    double[] p = new double[cols];
    for (int c = 0; c < cols; c++) {
      p[c] = Math.exp(x[row + c]);
      sum += p[c];
    }
    for (int c = 0; c < cols; c++) {
      p[c] = p[c] / sum + 1e-8;
    }
    return p;
  }

  /** float32 rows give scores of full precision; 16-bit rows are computed in float32, where KL of near rows is rounding noise. */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 5", "3, 7", "1, 3000", "90, 257", "700, 64"})
  void addsTheElementsThatMatter(int rows, int cols) {
    int n = rows * cols;
    RandomModels models = new RandomModels(DType.F32, n, n);
    float[] base = models.base();
    float[] x = models.tuned(0.3);
    double[] scores = scores(x, base, cols);
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    double threshold =
        sorted[(int) (0.5 * (n - 1))] + 1.5 * (sorted[(int) (0.75 * (n - 1))] - sorted[(int) (0.25 * (n - 1))]);
    InMemoryMerge merge =
        InMemoryMerge.of(new ArceeFusion()).shape(rows, cols).base(DType.F32, base).model("x", DType.F32, x, Map.of());
    float[] actual = merge.tile(2048).threads(2).run().values();
    for (int i = 0; i < n; i++) {
      if (Math.abs(scores[i] - threshold) > 1e-5 * Math.abs(threshold) + 1e-12) {
        assertThat(actual[i]).as("element %d of score %s", i, scores[i]).isEqualTo(scores[i] >= threshold ? x[i] : base[i]);
      }
    }
    assertThat(merge.tile(1 << 20).order(8).probes(false).run().values()).isEqualTo(actual);
  }

  @Test
  void mergekitWritesFloat32() {
    assertThat(new ArceeFusion().outputType(DType.BF16, Mode.MERGEKIT)).isEqualTo(DType.F32);
    assertThat(new ArceeFusion().outputType(DType.BF16, Mode.WOOTZ)).isEqualTo(DType.BF16);
  }
}
