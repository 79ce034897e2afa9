package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.Elements;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.kit.RandomModels;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold for every method of the family, whatever the models. */
class TaskVectorPropertiesTest {
  private static final int N = 30_000;
  private static final int COLS = 300;

  static Stream<String> names() {
    return Methods.all().stream().filter(method -> method instanceof TaskVectorMethod).map(MergeMethod::name);
  }

  private static InMemoryMerge merge(String name) {
    return InMemoryMerge.of(Methods.byName(name).orElseThrow()).shape(N / COLS, COLS);
  }

  @ParameterizedTest
  @MethodSource("names")
  void theWholeDeltaOfOneModelGivesThatModel(String name) {
    for (DType type : List.of(DType.BF16, DType.F32)) {
      RandomModels models = new RandomModels(type, N, 1);
      float[] x = models.tuned(0.01);
      for (Mode mode : Mode.values()) {
        float[] merged = merge(name).mode(mode).base(type, models.base()).model("x", type, x, Map.of("weight", 1)).run().values();
        for (int i = 0; i < N; i++) {
          double largest = Math.max(Math.abs(x[i]), Math.abs((double) x[i] - models.base()[i]));
          double ulp = mode == Mode.WOOTZ ? 0 : Elements.ulp(type, largest); // the delta is rounded, and the sum
          assertThat(Math.abs((double) merged[i] - x[i])).as("%s %s element %d", type, mode, i).isLessThanOrEqualTo(ulp);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void lambdaZeroGivesTheBase(String name) {
    RandomModels models = new RandomModels(DType.BF16, N, 2);
    InMemoryMerge merge = merge(name).base(DType.BF16, models.base()).global("lambda", 0);
    merge.model("x", DType.BF16, models.tuned(0.01), Map.of("weight", 0.7, "density", 0.5));
    merge.model("y", DType.BF16, models.tuned(0.01), Map.of("weight", 0.4, "density", 0.8));
    assertThat(merge.run().values()).containsExactly(models.base());
  }

  @ParameterizedTest
  @MethodSource("names")
  void aListedBaseIsNotAModel(String name) {
    RandomModels models = new RandomModels(DType.BF16, N, 3);
    float[] x = models.tuned(0.01);
    Map<String, Double> parameters = Map.of("weight", 0.7);
    float[] merged = merge(name).base(DType.BF16, models.base()).model("x", DType.BF16, x, parameters).run().values();
    InMemoryMerge listed = merge(name).listedBase(DType.BF16, models.base(), Map.of("weight", 3)).model("x", DType.BF16, x, parameters);
    assertThat(listed.run().values()).containsExactly(merged);
    assertThat(merge(name).listedBase(DType.BF16, models.base(), Map.of()).run().values()).containsExactly(models.base());
  }

  @ParameterizedTest
  @ValueSource(strings = {"task_arithmetic", "ties", "breadcrumbs", "breadcrumbs_ties"})
  void theOrderOfModelsDoesNotMatterBeyondRounding(String name) {
    RandomModels models = new RandomModels(DType.F32, N, 4);
    float[][] x = {models.tuned(0.01), models.tuned(0.02), models.tuned(0.005)};
    double[] weights = {0.5, 0.25, 0.125};
    double[] densities = {0.5, 0.3, 0.7};
    float[] forward = null;
    for (int[] order : new int[][] {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}}) {
      InMemoryMerge merge = merge(name).base(DType.F32, models.base());
      for (int m : order) {
        merge.model("m" + m, DType.F32, x[m], Map.of("weight", weights[m], "density", densities[m]));
      }
      float[] merged = merge.run().values();
      forward = forward == null ? merged : forward;
      assertThat(merged).usingComparatorWithPrecision(1e-7f).containsExactly(forward);
    }
  }

  /** Elements of one model's delta that stay: those where the output differs from a base of zeros. */
  private static float[] trimmed(String name, Map<String, ?> parameters, Map<String, ?> globals, float[] delta, Mode mode, long seed) {
    InMemoryMerge merge = merge(name).mode(mode).seed(seed).base(DType.F32, new float[N]);
    merge.model("x", DType.F32, delta, parameters);
    globals.forEach(merge::global);
    return merge.run().values();
  }

  private static float[] delta() {
    float[] delta = new RandomModels(DType.F32, N, 5).base();
    for (int i = 0; i < N; i++) {
      delta[i] = delta[i] == 0 ? 1e-3f : delta[i];
    }
    return delta;
  }

  @ParameterizedTest
  @CsvSource({"ties, 0.3", "ties, 0.00001", "ties, 0.99999", "breadcrumbs, 0.3", "breadcrumbs, 0.95", "breadcrumbs_ties, 0.6"})
  void selectionByMagnitudeKeepsTheExactNumber(String name, double density) {
    for (Mode mode : Mode.values()) {
      boolean refused = mode == Mode.MERGEKIT && density < 1e-4;
      if (!refused) {
        float[] kept = trimmed(name, Map.of("weight", 1, "density", density), Map.of(), delta(), mode, 1);
        long expected = Math.max(1, (long) (density * N));
        assertThat(count(kept)).as("%s", mode).isEqualTo(expected);
        float[] equal = new float[N];
        Arrays.fill(equal, 0.5f);
        float[] ties = trimmed(name, Map.of("weight", 1, "density", density), Map.of(), equal, mode, 1);
        assertThat(count(ties)).as("%s, all equal", mode).isEqualTo(expected);
        if (mode == Mode.WOOTZ) {
          assertThat(Arrays.copyOf(ties, (int) expected)).as("lowest index first").containsOnly(0.5f);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dare_linear", "dare_ties", "della", "della_linear"})
  void randomMethodsKeepTheirDensity(String name) {
    double density = 0.4;
    for (Mode mode : Mode.values()) {
      float[] kept = trimmed(name, Map.of("weight", 1, "density", density), Map.of(), delta(), mode, 7);
      double sigma = Math.sqrt(N * density * (1 - density));
      assertThat((double) count(kept)).as("%s", mode).isCloseTo(density * N, within(5 * sigma));
      assertThat(kept).as("the same again").isEqualTo(trimmed(name, Map.of("weight", 1, "density", density), Map.of(), delta(), mode, 7));
      assertThat(kept).as("another seed").isNotEqualTo(trimmed(name, Map.of("weight", 1, "density", density), Map.of(), delta(), mode, 8));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dare_linear", "della_linear"})
  void theExpectationOfTheDeltaStays(String name) {
    float[] delta = delta();
    int runs = 60;
    double[] mean = new double[N];
    for (int run = 0; run < runs; run++) {
      float[] kept = trimmed(name, Map.of("weight", 1, "density", 0.5), Map.of(), delta, Mode.WOOTZ, run);
      for (int i = 0; i < N; i++) {
        mean[i] += (double) kept[i] / runs;
      }
    }
    // Keep probabilities are 0.35 at least, so each element's relative error has a deviation of at most sqrt((1 / 0.35 - 1) / runs).
    double sum = 0;
    double largest = 0;
    for (int i = 0; i < N; i++) {
      double error = mean[i] / delta[i] - 1;
      sum += error;
      largest = Math.max(largest, Math.abs(error));
    }
    double deviation = Math.sqrt((1 / 0.35 - 1) / runs);
    assertThat(sum / N).isCloseTo(0, within(5 * deviation / Math.sqrt(N)));
    assertThat(largest).isLessThan(6 * deviation);
  }

  @Test
  void dellaKeepsLargeMagnitudesMoreOften() {
    float[] delta = delta();
    int[] kept = new int[10];
    for (int run = 0; run < 20; run++) {
      float[] merged = trimmed("della_linear", Map.of("weight", 1, "density", 0.5, "epsilon", 0.4), Map.of(), delta, Mode.WOOTZ, run);
      for (int row = 0; row < N; row += COLS) {
        float[] sorted = Arrays.copyOfRange(delta, row, row + COLS);
        for (int i = 0; i < COLS; i++) {
          sorted[i] = Math.abs(sorted[i]);
        }
        Arrays.sort(sorted);
        for (int i = row; i < row + COLS; i++) {
          int rank = Arrays.binarySearch(sorted, Math.abs(delta[i]));
          kept[rank * 10 / COLS] += merged[i] != 0 ? 1 : 0;
        }
      }
    }
    for (int decile = 0; decile < 10; decile++) {
      double expected = 0.1 + 0.8 * (decile + 0.5) / 10;
      double trials = 20.0 * N / 10;
      assertThat(kept[decile] / trials).as("decile %d", decile).isCloseTo(expected, within(0.01));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ties", "breadcrumbs", "dare_linear", "della"})
  void rescalingRestoresTheSumOfMagnitudes(String name) {
    float[] delta = delta();
    Map<String, Object> l1 = Map.of("rescale", true, "rescale_mode", "l1");
    for (Mode mode : Mode.values()) {
      float[] kept = trimmed(name, Map.of("weight", 1, "density", 0.5), l1, delta, mode, 3);
      assertThat(sum(kept)).as("%s", mode).isCloseTo(sum(delta), within(1e-5 * sum(delta)));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void densityZeroKeepsNothing(String name) {
    if (!name.equals("task_arithmetic")) {
      float[] kept = trimmed(name, Map.of("weight", 1, "density", 0), Map.of(), delta(), Mode.WOOTZ, 1);
      assertThat(count(kept)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void brokenInputsShowInTheOutput(String name) {
    float[] delta = delta();
    delta[17] = Float.NaN;
    float[] merged = trimmed(name, Map.of("weight", 1, "density", 0.5, "gamma", 0.1), Map.of(), delta, Mode.WOOTZ, 1);
    assertThat(merged[17]).isNaN();
    delta[17] = 1;
    InMemoryMerge merge = merge(name).base(DType.F32, delta).model("x", DType.F32, delta(), Map.of("weight", Double.NaN));
    assertThatThrownBy(merge::run).hasMessageContaining("weight");
  }

  @ParameterizedTest
  @MethodSource("names")
  void inputsOfDifferentTypesMerge(String name) {
    RandomModels models = new RandomModels(DType.F32, N, 6);
    float[] x = models.tuned(0.01);
    float[] base = Elements.rounded(DType.BF16, models.base());
    InMemoryMerge merge = merge(name).base(DType.BF16, base).model("x", DType.F32, x, Map.of("weight", 1));
    assertThat(merge.run().values()).containsExactly(Elements.rounded(DType.BF16, x));
    float[] cast = Elements.rounded(DType.BF16, x);
    Map<String, Double> parameters = Map.of("weight", 0.5, "density", 0.5);
    float[] mixed = merge(name).mode(Mode.MERGEKIT).base(DType.BF16, base).model("x", DType.F32, x, parameters).run().values();
    float[] same = merge(name).mode(Mode.MERGEKIT).base(DType.BF16, base).model("x", DType.BF16, cast, parameters).run().values();
    assertThat(mixed).as("mergekit casts to the base's type").containsExactly(same);
  }

  @Test
  void dellaRefusesProbabilitiesBeyondTheirBounds() {
    Map<String, Object> parameters = new HashMap<>(Map.of("weight", 1, "density", 0.9, "epsilon", 0.2));
    InMemoryMerge merge = merge("della").base(DType.F32, new float[N]).model("skill", DType.F32, delta(), parameters);
    assertThatThrownBy(merge::run)
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("epsilon 0.2")
        .hasMessageContaining("skill")
        .hasMessageContaining("below 0.1");
    parameters.remove("epsilon");
    InMemoryMerge adapted = merge("della").base(DType.F32, new float[N]).model("skill", DType.F32, delta(), parameters);
    assertThat(count(adapted.run().values())).isBetween((int) (0.88 * N), (int) (0.92 * N));
    assertThatThrownBy(adapted.mode(Mode.MERGEKIT)::run).isInstanceOf(MergeException.class).hasMessageContaining("epsilon 0.15");
  }

  @Test
  void tiesRefusesInMergekitsModeWhatMergekitRefuses() {
    InMemoryMerge merge =
        InMemoryMerge.of(new Ties())
            .name("model.norm.weight")
            .base(DType.F32, new float[16])
            .model("skill", DType.F32, new float[16], Map.of("weight", 1, "density", 0.01));
    assertThat(merge.run().values()).containsOnly(0);
    assertThatThrownBy(merge.mode(Mode.MERGEKIT)::run)
        .isInstanceOf(MergeException.class)
        .hasMessageContainingAll("density 0.01", "skill", "model.norm.weight");
  }

  private static int count(float[] values) {
    int count = 0;
    for (float value : values) {
      count += value != 0 ? 1 : 0;
    }
    return count;
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum;
  }
}
