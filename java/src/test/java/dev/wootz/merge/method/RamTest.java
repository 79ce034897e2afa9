package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.OneRounding;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RamTest {
  private static final double EPSILON = 0.004;

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void agreesWithThePlainStatement(DType type) {
    for (int n : new int[] {1, 5, 1000, 20_000}) {
      RandomModels models = new RandomModels(type, n, n);
      float[][] x = {models.tuned(0.004), models.tuned(0.006), models.tuned(0.003)};
      InMemoryMerge ram = InMemoryMerge.of(Ram.plain());
      InMemoryMerge plus = InMemoryMerge.of(Ram.plus()).global("r", 0.3).global("alpha", 0.9);
      for (InMemoryMerge merge : new InMemoryMerge[] {ram, plus}) {
        merge.base(type, models.base()).global("epsilon", EPSILON).tile(2048).threads(2);
        for (int m = 0; m < x.length; m++) {
          merge.model("m" + m, type, x[m], Map.of());
        }
      }
      check(type, models.base(), x, new double[] {1, 1, 1}, ram.run().values());
      check(type, models.base(), x, scales(models.base(), x, 0.3, 0.9), plus.run().values());
    }
  }

  private static boolean active(float[] x, float[] base, int i) {
    return Math.abs((double) x[i] - base[i]) > (float) EPSILON;
  }

  private static double[] scales(float[] base, float[][] x, double r, double alpha) {
    double[] scales = new double[x.length];
    for (int m = 0; m < x.length; m++) {
      long unique = 0;
      long shared = 0;
      for (int i = 0; i < base.length; i++) {
        int count = count(x, base, i);
        unique += active(x[m], base, i) && count == 1 ? 1 : 0;
        shared += active(x[m], base, i) && count > 1 ? 1 : 0;
      }
      scales[m] = 1 + r * Math.min(alpha, shared / Math.max(unique, EPSILON));
    }
    return scales;
  }

  private static int count(float[][] x, float[] base, int i) {
    int count = 0;
    for (float[] model : x) {
      count += active(model, base, i) ? 1 : 0;
    }
    return count;
  }

  private static void check(DType type, float[] base, float[][] x, double[] scales, float[] actual) {
    double[] expected = new double[base.length];
    double[] scale = new double[base.length];
    for (int i = 0; i < base.length; i++) {
      int count = count(x, base, i);
      double sum = 0;
      for (int m = 0; m < x.length; m++) {
        if (active(x[m], base, i)) {
          sum += ((double) x[m][i] - base[i]) * (count == 1 ? scales[m] : 1.0 / count);
        }
      }
      expected[i] = base[i] + sum;
      scale[i] = Math.abs(base[i]) + 1;
    }
    OneRounding.check(type, expected, scale, actual);
  }

  @Test
  void mergekitWritesFloat32ForTheScaledForm() {
    assertThat(Ram.plus().outputType(DType.BF16, Mode.MERGEKIT)).isEqualTo(DType.F32);
    assertThat(Ram.plus().outputType(DType.BF16, Mode.WOOTZ)).isEqualTo(DType.BF16);
    assertThat(Ram.plain().outputType(DType.BF16, Mode.MERGEKIT)).isEqualTo(DType.BF16);
  }
}
