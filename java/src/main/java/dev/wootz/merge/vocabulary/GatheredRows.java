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
    if (matrix.dtype() != dtype && !(matrix.dtype().floating() && dtype.floating())) {
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

  private void mean(int mean, Tensor target, Work work) {
    boolean torch = mode == Mode.MERGEKIT && Kernels.writable(dtype);
    Tensor row = work.buffer(1, dtype, cols);
    RowMean exact = torch ? null : work.mean();
    for (int i = 0; i < plan.means().members(mean); i++) {
      loadFrom(plan.means().model(mean, i), plan.means().row(mean, i), row, work);
      if (exact != null) {
        exact.add(row);
      } else {
        addAsTorch(i, row, work);
      }
    }
    if (exact != null) {
      exact.write(target);
    } else {
      Tensor sum = work.buffer(2, DType.F32, cols);
      kernels.vectorDivideBy(sum, sum, plan.means().members(mean), Arithmetic.torch(dtype));
      kernels.convert(target, sum);
    }
  }

  /** mergekit's mean: each addition and the division round to the dtype. */
  private void addAsTorch(int member, Tensor row, Work work) {
    Tensor sum = work.buffer(2, DType.F32, cols);
    if (member == 0) {
      kernels.convert(sum, row);
    } else {
      Tensor wide = work.buffer(3, DType.F32, cols);
      kernels.convert(wide, row);
      kernels.vectorAdd(sum, sum, wide, Arithmetic.torch(dtype));
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
  private final class Work {
    private final Scratch scratch;
    private final @Nullable Tensor[] buffers = new Tensor[4];
    private @Nullable RowMean mean;

    Work(Scratch scratch) {
      this.scratch = scratch;
    }

    Tensor buffer(int slot, DType type, long elements) {
      Tensor buffer = buffers[slot];
      if (buffer == null || buffer.dtype() != type || buffer.elements() < elements) {
        buffer = scratch.scratch(type, elements);
        buffers[slot] = buffer;
      }
      return buffer.flat(0, elements);
    }

    RowMean mean() {
      if (mean == null) {
        mean = new RowMean(cols, dtype, kernels, 1, scratch);
      }
      mean.clear();
      return mean;
    }
  }
}
