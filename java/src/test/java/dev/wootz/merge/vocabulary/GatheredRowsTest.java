package dev.wootz.merge.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.vocabulary.MemorySource.Arena;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatheredRowsTest {
  private static final int COLS = 5;
  private final Kernels kernels = CpuKernels.get();
  private final Arena arena = new Arena();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySource matrix(DType type, int rows, int cols, long seed) {
    Tensor floats = arena.tensor(DType.F32, Shape.of(rows, cols));
    Random random = new Random(seed);
    FloatBuffer values = floats.buffer().asFloatBuffer();
    while (values.hasRemaining()) {
      values.put((float) random.nextGaussian());
    }
    Tensor converted = arena.tensor(type, floats.shape());
    kernels.convert(converted, floats);
    return new MemorySource(converted);
  }

  private float[] load(GatheredRows source, int firstRow, int rows) {
    int cols = (int) source.shape().cols();
    Tensor into = arena.tensor(source.dtype(), Shape.of(rows, cols));
    source.load((long) firstRow * cols, into, arena);
    return floats(into);
  }

  private float[] floats(Tensor tensor) {
    Tensor wide = arena.tensor(DType.F32, tensor.shape());
    kernels.convert(wide, tensor);
    float[] values = new float[(int) tensor.elements()];
    wide.buffer().asFloatBuffer().get(values);
    return values;
  }

  private float[] all(MemorySource source) {
    Tensor into = arena.tensor(source.dtype(), source.shape());
    source.load(0, into, arena);
    return floats(into);
  }

  private static float[] row(float[] matrix, int row) {
    return Arrays.copyOfRange(matrix, row * COLS, (row + 1) * COLS);
  }

  /** Rows: own 3, 4, 5; other 1; zero; mean of own 0, other 0, other 2; padding, padding. */
  private static RowPlan plan() {
    OwnerMeans means = new OwnerMeans();
    int mean = means.begin();
    means.member(0, 0);
    means.member(1, 0);
    means.member(1, 2);
    return new RowPlan(
        new int[] {0, 0, 0, 1, RowPlan.ZERO, RowPlan.MEAN, RowPlan.PADDING, RowPlan.PADDING}, new int[] {3, 4, 5, 1, 0, mean, 0, 0}, means);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "F64", "F8_E4M3"})
  void gathersEachKindOfRow(DType other) {
    for (DType own : List.of(DType.F32, DType.F16, DType.BF16, DType.F64, DType.F8_E4M3)) {
      MemorySource a = matrix(own, 6, COLS, 1);
      MemorySource b = matrix(other, 3, COLS, 2);
      GatheredRows source = new GatheredRows(plan(), 0, List.of(a, b), kernels, Mode.WOOTZ);
      assertThat(source.shape()).isEqualTo(Shape.of(8, COLS));
      assertThat(source.dtype()).isEqualTo(own);
      assertThat(source.wholeRows()).isTrue();
      float[] gathered = load(source, 0, 8);
      float[] rowsOfA = all(a);
      float[] rowsOfB = rounded(all(b), own);
      for (int r = 0; r < 3; r++) {
        assertThat(row(gathered, r)).isEqualTo(row(rowsOfA, 3 + r));
      }
      assertThat(row(gathered, 3)).isEqualTo(row(rowsOfB, 1));
      assertThat(row(gathered, 4)).containsOnly(0f);
      double[] sums = new double[COLS];
      float[] mean = new float[COLS];
      for (int c = 0; c < COLS; c++) {
        mean[c] = (float) (((double) rowsOfA[c] + rowsOfB[c] + rowsOfB[2 * COLS + c]) / 3);
      }
      assertThat(row(gathered, 5)).isEqualTo(rounded(mean, own));
      for (int r = 0; r < 6; r++) {
        for (int c = 0; c < COLS; c++) {
          sums[c] += gathered[r * COLS + c];
        }
      }
      float[] padding = new float[COLS];
      for (int c = 0; c < COLS; c++) {
        padding[c] = (float) (sums[c] / 6);
      }
      // The sum above is over rows as float32, which rounds the mean in a float64 matrix.
      assertThat(row(gathered, 6)).containsExactly(rounded(padding, own), within(own == DType.F64 ? 1e-7f : 0f));
      assertThat(row(gathered, 7)).isEqualTo(row(gathered, 6));
    }
  }

  private float[] rounded(float[] values, DType type) {
    Tensor wide = arena.tensor(DType.F32, Shape.of(values.length));
    wide.buffer().asFloatBuffer().put(values);
    Tensor narrow = arena.tensor(type, wide.shape());
    kernels.convert(narrow, wide);
    return floats(narrow);
  }

  @Test
  void anyPieceIsTheSameAsTheWhole() {
    GatheredRows source =
        new GatheredRows(plan(), 0, List.of(matrix(DType.BF16, 6, COLS, 1), matrix(DType.F32, 3, COLS, 2)), kernels, Mode.WOOTZ);
    float[] whole = load(source, 0, 8);
    for (int first = 0; first < 8; first++) {
      for (int rows = 1; rows <= 8 - first; rows++) {
        assertThat(load(source, first, rows)).isEqualTo(Arrays.copyOfRange(whole, first * COLS, (first + rows) * COLS));
      }
    }
    assertThatThrownBy(() -> source.load(1, arena.tensor(DType.BF16, Shape.of(COLS)), arena)).isInstanceOf(IllegalArgumentException.class);
  }

  /** In PyTorch's bfloat16 the sum is rounded after each addition. */
  @Test
  void meansRoundAsMergekitsDoInItsMode() {
    MemorySource a = matrix(DType.BF16, 6, COLS, 3);
    MemorySource b = matrix(DType.BF16, 3, COLS, 4);
    float[] x = all(a);
    float[] y = all(b);
    float[] expected = new float[COLS];
    for (int c = 0; c < COLS; c++) {
      float first = rounded(new float[] {x[c] + y[c]}, DType.BF16)[0];
      float sum = rounded(new float[] {first + y[2 * COLS + c]}, DType.BF16)[0];
      expected[c] = rounded(new float[] {sum / 3}, DType.BF16)[0];
    }
    assertThat(load(new GatheredRows(plan(), 0, List.of(a, b), kernels, Mode.MERGEKIT), 5, 1)).isEqualTo(expected);
  }

  @Test
  void rowsThatFollowEachOtherAreOneRead() {
    int n = 1000;
    int[] rows = IntStream.range(0, n).map(r -> r < 400 ? r : r + 7).toArray();
    MemorySource a = matrix(DType.F32, n + 7, COLS, 5);
    GatheredRows source = new GatheredRows(new RowPlan(new int[n], rows, new OwnerMeans()), 0, List.of(a), kernels, Mode.WOOTZ);
    load(source, 0, n);
    assertThat(a.loads).hasValue(2);
    assertThat(source.bytesToRead()).isEqualTo((long) n * COLS * 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 4099})
  void paddingIsTheMeanOfTheTokensRows(int tokens) {
    int cols = 257;
    MemorySource a = matrix(DType.F32, tokens, cols, 6);
    int[] models = new int[tokens + 3];
    Arrays.fill(models, tokens, tokens + 3, RowPlan.PADDING);
    int[] rows = IntStream.range(0, tokens + 3).toArray();
    GatheredRows source = new GatheredRows(new RowPlan(models, rows, new OwnerMeans()), 0, List.of(a), kernels, Mode.WOOTZ);
    float[] values = all(a);
    float[] expected = new float[cols];
    for (int c = 0; c < cols; c++) {
      double sum = 0;
      for (int r = 0; r < tokens; r++) {
        sum += values[r * cols + c];
      }
      expected[c] = (float) (sum / tokens);
    }
    for (int r = 0; r < 3; r++) {
      assertThat(load(source, tokens + r, 1)).isEqualTo(expected);
    }
    assertThat(source.bytesToRead()).isEqualTo(2L * tokens * cols * 4);
  }

  @Test
  void paddingIsComputedOnceForAllThreads() throws InterruptedException {
    MemorySource a = matrix(DType.F32, 100, COLS, 7);
    int[] models = new int[101];
    models[100] = RowPlan.PADDING;
    GatheredRows source =
        new GatheredRows(new RowPlan(models, IntStream.range(0, 101).toArray(), new OwnerMeans()), 0, List.of(a), kernels, Mode.WOOTZ);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread = new Thread(() -> {
        try (Arena own = new Arena()) {
          source.load(100 * COLS, own.tensor(DType.F32, Shape.of(COLS)), own);
        }
      });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(a.loads).hasValue(1);
  }

  @Test
  void matricesThatCannotGiveTheRows() {
    MemorySource a = matrix(DType.F32, 6, COLS, 1);
    assertThatThrownBy(() -> gathered(a, matrix(DType.F32, 2, COLS, 2)))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("needs 3 rows of 5 elements, found a matrix of shape [2, 5]");
    assertThatThrownBy(() -> gathered(a, matrix(DType.F32, 3, COLS + 1, 2))).hasMessageContaining("shape [3, 6]");
    assertThatThrownBy(() -> gathered(a, null)).isInstanceOf(MergeException.class).hasMessageContaining("does not have this matrix");
  }

  private void gathered(MemorySource a, @Nullable MemorySource b) {
    new GatheredRows(plan(), 0, Arrays.asList(a, b), kernels, Mode.WOOTZ);
  }
}
