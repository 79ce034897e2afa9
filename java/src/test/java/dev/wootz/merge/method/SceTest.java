package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.kit.Elements;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.OneRounding;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SceTest {

  /** The definition, in float64. */
  private static final class Plain {
    final double[] variances;
    final double[] weights;
    final double[] merged;
    final double threshold;

    Plain(float[] base, float[][] x, double topk) {
      int n = base.length;
      int models = x.length;
      variances = new double[n];
      for (int i = 0; i < n; i++) {
        double mean = 0;
        for (float[] model : x) {
          mean += ((double) model[i] - base[i]) / models;
        }
        for (float[] model : x) {
          variances[i] += Math.pow((double) model[i] - base[i] - mean, 2) / models;
        }
      }
      double[] sorted = variances.clone();
      Arrays.sort(sorted);
      long varying = Arrays.stream(variances).filter(v -> v != 0).count();
      int kept = (int) (varying * topk);
      threshold = topk >= 1 ? Double.NEGATIVE_INFINITY : kept == 0 ? Double.POSITIVE_INFINITY : sorted[n - kept];
      weights = new double[models];
      for (int i = 0; i < n; i++) {
        for (int m = 0; m < models; m++) {
          weights[m] += variances[i] >= threshold ? Math.pow((double) x[m][i] - base[i], 2) / n : 0;
        }
      }
      double sum = Arrays.stream(weights).sum();
      for (int m = 0; m < models; m++) {
        weights[m] = sum == 0 ? 1.0 / models : weights[m] / sum;
      }
      merged = new double[n];
      for (int i = 0; i < n; i++) {
        double total = 0;
        for (float[] model : x) {
          total += (double) model[i] - base[i];
        }
        double mix = 0;
        double divisor = 0;
        for (int m = 0; m < models; m++) {
          double d = (double) x[m][i] - base[i];
          if (variances[i] >= threshold && Math.signum(d) == (total >= 0 ? 1 : -1)) {
            mix += weights[m] * d;
            divisor += weights[m];
          }
        }
        merged[i] = base[i] + mix / Math.max(divisor, 1e-6);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, 1.0", "BF16, 0.4", "F16, 0.7", "F32, 1.0", "F32, 0.25", "F32, 0"})
  void agreesWithThePlainStatement(DType type, double topk) {
    for (int n : new int[] {1, 5, 1000, 40_000}) {
      RandomModels models = new RandomModels(type, n, n);
      float[][] x = {models.tuned(0.01), models.tuned(0.02), models.tuned(0.004)};
      Plain plain = new Plain(models.base(), x, topk);
      InMemoryMerge merge = InMemoryMerge.of(new Sce()).base(type, models.base()).global("select_topk", topk);
      for (int m = 0; m < x.length; m++) {
        merge.model("m" + m, type, x[m], Map.of());
      }
      float[] actual = merge.tile(4096).threads(2).run().values();
      double[] expected = plain.merged.clone();
      double[] scale = new double[n];
      for (int i = 0; i < n; i++) {
        scale[i] = 1;
        // Variances are compared as float32, so that at the cut a rounding decides.
        if (Math.abs(plain.variances[i] - plain.threshold) <= 1e-6 * plain.threshold && actual[i] == models.base()[i]) {
          expected[i] = actual[i];
        }
      }
      OneRounding.check(type, expected, scale, actual);
      assertThat(merge.tile(1 << 20).order(3).probes(false).run().values()).isEqualTo(actual);
    }
  }

  @Test
  void equalDeltasAreWeighedEqually() {
    float[] base = {1, 2, 3, 4};
    float[] x = {1.5f, 2, 2, 5};
    InMemoryMerge merge =
        InMemoryMerge.of(new Sce()).base(DType.F32, base).model("a", DType.F32, x, Map.of()).model("b", DType.F32, x, Map.of());
    assertThat(merge.run().values()).containsExactly(x);
    assertThat(merge.global("select_topk", 0.5).run().values()).as("no position varies").containsExactly(base);
  }

  @Test
  void withoutAnyChangeItIsTheBase() {
    float[] base = Elements.rounded(DType.BF16, new float[] {1, 2, 3, 4});
    InMemoryMerge merge = InMemoryMerge.of(new Sce()).base(DType.BF16, base).model("a", DType.BF16, base, Map.of());
    assertThat(merge.run().values()).containsExactly(base);
  }
}
