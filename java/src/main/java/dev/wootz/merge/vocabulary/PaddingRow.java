package dev.wootz.merge.vocabulary;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Scratch;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
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
      row = mean();
    }
    return row;
  }

  private byte[] mean() {
    int most = Math.max(1, PIECE / cols);
    try (OwnScratch memory = new OwnScratch(); OwnScratch scratch = new OwnScratch()) {
      RowMean mean = new RowMean(cols, dtype, kernels, most, memory);
      Tensor stored = memory.scratch(dtype, (long) most * cols);
      for (int r = 0; r < plan.count(); ) {
        int end = endOfTokens(r, Math.min(plan.count(), r + most));
        if (end > r) {
          Tensor piece = stored.flat(0, (long) (end - r) * cols);
          rows.load((long) r * cols, piece, scratch);
          mean.add(piece);
          scratch.giveBack();
        }
        r = Math.max(end, r + 1);
      }
      Tensor rounded = stored.flat(0, cols);
      mean.write(rounded);
      byte[] bytes = new byte[Math.toIntExact(rounded.bytes())];
      rounded.buffer().get(bytes);
      return bytes;
    }
  }

  private int endOfTokens(int first, int limit) {
    int end = first;
    while (end < limit && plan.model(end) != RowPlan.PADDING) {
      end++;
    }
    return end;
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
