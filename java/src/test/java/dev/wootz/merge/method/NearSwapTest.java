package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.OneRounding;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NearSwapTest {

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void agreesWithThePlainStatement(DType type) {
    int n = 5001;
    RandomModels models = new RandomModels(type, n, 3);
    float[] base = models.base();
    float[] x = models.tuned(0.01);
    InMemoryMerge merge = InMemoryMerge.of(new NearSwap()).base(type, base).model("x", type, x, Map.of()).tile(1024).threads(2);
    for (double t : new double[] {0, 0.002, 1, -0.002}) {
      double[] expected = new double[n];
      double[] scale = new double[n];
      for (int i = 0; i < n; i++) {
        double w = Math.max(0, Math.min(1, t / Math.max(Math.abs((double) base[i] - x[i]), 1e-6)));
        expected[i] = w * x[i] + (1 - w) * base[i];
        scale[i] = 1;
      }
      float[] actual = merge.global("t", t).run().values();
      OneRounding.check(type, expected, scale, actual);
      if (t <= 0) {
        assertThat(actual).containsExactly(base);
      }
      if (t == 1) {
        assertThat(actual).containsExactly(x);
      }
    }
  }
}
