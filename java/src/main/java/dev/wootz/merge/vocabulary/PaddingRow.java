package dev.wootz.merge.vocabulary;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Scratch;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The row of ids that belong to no token: the mean of all rows that do. Summed once, when it is asked for first, in float64, row after row,
 * whatever the number of threads; rounded once. Safe from any number of threads.
 */
final class PaddingRow {
  /** Elements that are loaded at once. */
  private static final int PIECE = 1 << 18;

  private final RowPlan plan;
  private final int cols;
  private final DType dtype;
  private final Kernels kernels;
  private final Rows rows;
  private byte @Nullable [] row;

  /** {@link GatheredRows#load}. */
  @FunctionalInterface
  interface Rows {
    void load(long first, Tensor into, Scratch scratch);
  }

  PaddingRow(RowPlan plan, int cols, DType dtype, Kernels kernels, Rows rows) {
    this.plan = plan;
    this.cols = cols;
    this.dtype = dtype;
    this.kernels = kernels;
    this.rows = rows;
  }

  /** @param target whole rows */
  void fill(Tensor target) {
    byte[] bytes = row();
    ByteBuffer buffer = target.buffer();
    while (buffer.hasRemaining()) {
      buffer.put(bytes);
    }
  }

  private synchronized byte[] row() {
    if (row == null) {
      row = round(sums());
    }
    return row;
  }

  private double[] sums() {
    double[] sums = new double[cols];
    int most = Math.max(1, PIECE / cols);
    long elements = (long) most * cols;
    try (Memory stored = Memory.allocate(elements * dtype.bytes());
        Memory wide = Memory.allocate(elements * Float.BYTES);
        OwnScratch scratch = new OwnScratch()) {
      int r = 0;
      while (r < plan.count()) {
        if (plan.model(r) == RowPlan.PADDING) {
          r++;
          continue;
        }
        int end = r + 1;
        while (end < plan.count() && end - r < most && plan.model(end) != RowPlan.PADDING) {
          end++;
        }
        Tensor piece = new Tensor(stored, 0, dtype, Shape.of((long) (end - r) * cols));
        rows.load((long) r * cols, piece, scratch);
        add(sums, piece, wide);
        scratch.giveBack();
        r = end;
      }
    }
    return sums;
  }

  private void add(double[] sums, Tensor piece, Memory wide) {
    if (dtype == DType.F64) {
      DoubleBuffer values = piece.buffer().asDoubleBuffer();
      while (values.hasRemaining()) {
        for (int c = 0; c < cols; c++) {
          sums[c] += values.get();
        }
      }
      return;
    }
    Tensor floats = new Tensor(wide, 0, DType.F32, piece.shape());
    kernels.convert(floats, piece);
    FloatBuffer values = floats.buffer().asFloatBuffer();
    float[] one = new float[cols];
    while (values.hasRemaining()) {
      values.get(one);
      for (int c = 0; c < cols; c++) {
        sums[c] += one[c];
      }
    }
  }

  private byte[] round(double[] sums) {
    byte[] bytes = new byte[cols * dtype.bytes()];
    try (Memory memory = Memory.allocate((long) cols * (Double.BYTES + dtype.bytes()))) {
      Tensor exact = new Tensor(memory, 0, DType.F64, Shape.of(cols));
      DoubleBuffer means = exact.buffer().asDoubleBuffer();
      for (double sum : sums) {
        means.put(sum / plan.tokenRows());
      }
      Tensor rounded = new Tensor(memory, (long) cols * Double.BYTES, dtype, Shape.of(cols));
      kernels.convert(rounded, exact);
      rounded.buffer().order(ByteOrder.nativeOrder()).get(bytes);
    }
    return bytes;
  }

  /** Memory that is given back after each piece. */
  private static final class OwnScratch implements Scratch, AutoCloseable {
    private final List<Memory> given = new ArrayList<>();

    @Override
    public Tensor scratch(DType type, long elements) {
      Memory memory = Memory.allocate(elements * type.bytes());
      given.add(memory);
      return new Tensor(memory, 0, type, Shape.of(elements));
    }

    void giveBack() {
      given.forEach(Memory::close);
      given.clear();
    }

    @Override
    public void close() {
      giveBack();
    }
  }
}
