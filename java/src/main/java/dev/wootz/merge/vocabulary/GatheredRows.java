package dev.wootz.merge.vocabulary;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An input's embedding matrix (or output projection) in the order of the output's vocabulary: [rows of the plan, cols of the matrix], in
 * the dtype of the input's own matrix. Rows that follow each other in a model are read as one piece.
 */
public final class GatheredRows implements TensorSource {
  /** Rows of another dtype are converted in pieces of at most this many elements, so that the memory for it stays small. */
  private static final long CONVERTED = 1 << 18;

  private final RowPlan plan;
  private final List<? extends @Nullable TensorSource> matrices;
  private final Kernels kernels;
  private final Mode mode;
  private final DType dtype;
  private final int cols;
  private final long bytesToRead;
  private final PaddingRow padding;

  /**
   * @param plan of the input whose number is {@code model}
   * @param matrices [rows, cols] of each model, by number; null for models that lend no row
   * @throws MergeException when the matrices do not have the rows, or not of one length
   */
  public GatheredRows(RowPlan plan, int model, List<? extends @Nullable TensorSource> matrices, Kernels kernels, Mode mode) {
    TensorSource own = matrices.get(model);
    if (own == null) {
      throw new IllegalArgumentException("the matrix of model " + model + " is missing");
    }
    this.plan = plan;
    this.matrices = matrices;
    this.kernels = kernels;
    this.mode = mode;
    this.dtype = own.dtype();
    this.cols = Math.toIntExact(own.shape().cols());
    long bytes = 0;
    for (int i = 0; i < matrices.size(); i++) {
      int needed = plan.rowsNeeded(i);
      if (needed > 0) {
        TensorSource matrix = check(i, needed);
        bytes += matrix.bytesToRead() / matrix.shape().extent(0) * plan.rowsFrom(i);
      }
    }
    boolean padded = plan.tokenRows() < plan.count();
    this.bytesToRead = padded ? 2 * bytes : bytes;
    this.padding = new PaddingRow(plan, cols, dtype, kernels, this::load);
  }

  private TensorSource check(int model, int rowsNeeded) {
    TensorSource matrix = matrices.get(model);
    if (matrix == null) {
      throw new MergeException("the vocabulary needs rows of a model that does not have this matrix");
    }
    Shape shape = matrix.shape();
    if (shape.rank() != 2 || shape.cols() != cols || shape.extent(0) < rowsNeeded) {
      throw new MergeException(
          "the vocabulary needs " + rowsNeeded + " rows of " + cols + " elements, found a matrix of shape " + shape);
    }
    if (matrix.dtype() != dtype && !(matrix.dtype().floating() && Kernels.writable(dtype))) {
      throw new MergeException("rows of a " + matrix.dtype() + " matrix cannot be put into a " + dtype + " one");
    }
    return matrix;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Shape shape() {
    return Shape.of(plan.count(), cols);
  }

  @Override
  public boolean wholeRows() {
    return true;
  }

  @Override
  public long bytesToRead() {
    return bytesToRead;
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    if (first % cols != 0 || into.elements() % cols != 0) {
      throw new IllegalArgumentException("rows of " + cols + " elements cannot be loaded from element " + first + " on");
    }
    int start = Math.toIntExact(first / cols);
    load(start, start + Math.toIntExact(into.elements() / cols), into, new Work(scratch));
  }

  private void load(int start, int end, Tensor into, Work work) {
    for (int r = start; r < end; ) {
      int runEnd = plan.runEnd(r, end);
      Tensor target = into.flat((long) (r - start) * cols, (long) (runEnd - r) * cols);
      switch (plan.model(r)) {
        case RowPlan.ZERO -> zero(target);
        case RowPlan.PADDING -> padding.fill(target);
        case RowPlan.MEAN -> mean(plan.row(r), target, work);
        default -> loadFrom(plan.model(r), plan.row(r), target, work);
      }
      r = runEnd;
    }
  }

  private void loadFrom(int model, int row, Tensor target, Work work) {
    TensorSource matrix = matrices.get(model);
    long first = (long) row * cols;
    if (matrix.dtype() == dtype) {
      matrix.load(first, target, work.scratch);
      return;
    }
    long piece = Math.max(1, CONVERTED / cols) * cols;
    for (long done = 0; done < target.elements(); done += piece) {
      long n = Math.min(piece, target.elements() - done);
      Tensor stored = work.buffer(0, matrix.dtype(), n);
      matrix.load(first + done, stored, work.scratch);
      kernels.convert(target.flat(done, n), stored);
    }
  }

  /** In {@link Mode#MERGEKIT} each addition and the division round to the dtype. */
  private void mean(int mean, Tensor target, Work work) {
    int members = plan.means().members(mean);
    Tensor[] rows = new Tensor[members];
    for (int i = 0; i < members; i++) {
      rows[i] = work.buffer(1 + i, dtype, cols);
      loadFrom(plan.means().model(mean, i), plan.means().row(mean, i), rows[i], work);
    }
    if (mode == Mode.MERGEKIT) {
      Arithmetic torch = Arithmetic.torch(dtype);
      kernels.vectorAdd(target, rows[0], rows[1], torch);
      for (int i = 2; i < members; i++) {
        kernels.vectorAdd(target, target, rows[i], torch);
      }
      kernels.vectorDivideBy(target, target, members, torch);
    } else {
      double[] ones = new double[members];
      Arrays.fill(ones, 1);
      kernels.mergeLinear(target, List.of(rows), null, ones, members, Arithmetic.F64);
    }
  }

  /** Every dtype writes zero as zero bytes. */
  private static void zero(Tensor target) {
    ByteBuffer bytes = target.buffer();
    while (bytes.remaining() >= Long.BYTES) {
      bytes.putLong(0);
    }
    while (bytes.hasRemaining()) {
      bytes.put((byte) 0);
    }
  }

  /** Buffers of one call, each asked of the scratch memory once for as long as it is large enough. */
  private static final class Work {
    private final Scratch scratch;
    private Tensor[] buffers = new Tensor[0];

    Work(Scratch scratch) {
      this.scratch = scratch;
    }

    Tensor buffer(int slot, DType dtype, long elements) {
      if (slot >= buffers.length) {
        buffers = Arrays.copyOf(buffers, slot + 1);
      }
      Tensor buffer = buffers[slot];
      if (buffer == null || buffer.dtype() != dtype || buffer.elements() < elements) {
        buffer = scratch.scratch(dtype, elements);
        buffers[slot] = buffer;
      }
      return buffer.flat(0, elements);
    }
  }
}
