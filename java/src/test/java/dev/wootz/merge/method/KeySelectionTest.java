package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySelectionTest {
  private static final long SMALL_CAPACITY = 100;

  /** Selects among the magnitudes of a model and copies the base. */
  private static final class Selecting implements MergeMethod {
    private final long capacity;
    private final long[] ranks;
    private KeySelection selection;

    Selecting(long capacity, long... ranks) {
      this.capacity = capacity;
      this.ranks = ranks;
    }

    @Override
    public String name() {
      return "selecting";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public BaseModel baseModel() {
      return BaseModel.REQUIRED;
    }

    @Override
    public int minModels() {
      return 1;
    }

    @Override
    public int maxModels() {
      return 1;
    }

    @Override
    public Tiling tiling(TensorTask task) {
      return Tiling.ELEMENTS;
    }

    @Override
    public Pass start(TensorTask task) {
      selection =
          KeySelection.ranks(
              task,
              Tiling.ELEMENTS,
              (key, tile, first) ->
                  task.kernels()
                      .mergeDeltaKeys(
                          key,
                          tile.input(0).flat(first, key.elements()),
                          tile.input(1).flat(first, key.elements()),
                          task.arithmetic()),
              capacity,
              ranks);
      return KeySelection.pass(
          List.of(selection), () -> Pass.output(tile -> task.kernels().convert(tile.output(), tile.input(1))));
    }
  }

  private static float[] values(int n, IntToDoubleFunction value) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) value.applyAsDouble(i);
    }
    return values;
  }

  /** Returns the number of passes. */
  private static int check(float[] x, boolean probes, long capacity, int tileElements) {
    int n = x.length;
    float[] sorted = values(n, i -> Math.abs(x[i]));
    Arrays.sort(sorted);
    long[] ranks = {0, n / 3, n / 2, n - 1};
    Selecting method = new Selecting(capacity, ranks);
    InMemoryMerge.Result result =
        InMemoryMerge.of(method)
            .model("x", DType.F32, x, Map.of())
            .base(DType.F32, new float[n])
            .tile(tileElements)
            .threads(2)
            .probes(probes)
            .run();
    int step = (tileElements + 1023) / 1024 * 1024;
    for (int c = 0; c < ranks.length; c++) {
      float value = sorted[(int) ranks[c]];
      OrderStatistic found = method.selection.found(c);
      assertThat(Float.intBitsToFloat(found.key())).as("rank %d of %d", ranks[c], n).isEqualTo(value);
      int first = 0;
      while (sorted[first] != value) {
        first++;
      }
      assertThat(found.below()).isEqualTo(first);
      long equal = 0;
      for (int i = 0; i < n; i++) {
        if (i % step == 0) {
          assertThat(found.equalBefore()[i / step]).as("equal to rank %d before tile %d", ranks[c], i / step).isEqualTo(equal);
        }
        equal += Math.abs(x[i]) == value ? 1 : 0;
      }
      assertThat(found.equal()).isEqualTo(equal);
    }
    return result.passes();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1023, 1025, 16384, 16385, 100_003})
  void findsRanksOfAllKindsOfValues(int n) {
    Random random = new Random(n);
    List<float[]> kinds =
        List.of(
            values(n, i -> random.nextGaussian()),
            values(n, i -> 0.25),
            values(n, i -> 0),
            values(n, i -> random.nextInt(3) * 0.5), // few values, each of them often
            values(n, i -> i < n / 2 ? 0 : 1e-3 * random.nextGaussian()),
            values(n, i -> i), // neighbours alike: probes say little
            values(n, i -> random.nextInt(100) == 0 ? Double.POSITIVE_INFINITY : 1e-41 * random.nextInt(9)));
    for (float[] kind : kinds) {
      check(kind, true, 1 << 20, 4096);
      check(kind, false, 1 << 20, 30_000);
      check(kind, true, SMALL_CAPACITY, 4096);
      check(kind, false, SMALL_CAPACITY, 4096);
    }
  }

  @Test
  void aSampleSavesThePassOfTheHistogram() {
    Random random = new Random(3);
    float[] x = values(200_000, i -> random.nextGaussian());
    assertThat(check(x, true, 1 << 20, 1 << 14)).as("selection, output").isEqualTo(2);
    assertThat(check(x, false, 1 << 20, 1 << 14)).as("histogram, selection, output").isEqualTo(3);
    assertThat(check(x, false, SMALL_CAPACITY, 1 << 14)).as("two histograms, counts, output").isEqualTo(4);
  }

  @Test
  void wrongGuessesCostPassesAndNothingElse() {
    int n = 200_000;
    boolean[] probed = new boolean[n];
    for (int i = 0; i < 16; i++) {
      long first = (long) (n - 1024) * i / 15;
      Arrays.fill(probed, (int) first, (int) first + 1024, true);
    }
    Random random = new Random(4);
    float[] x = values(n, i -> probed[i] ? 1e6 + random.nextInt(1000) : random.nextGaussian());
    assertThat(check(x, true, 1 << 20, 1 << 14)).isGreaterThan(2);
  }
}
