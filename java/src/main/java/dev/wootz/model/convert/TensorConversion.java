package dev.wootz.model.convert;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.CpuLinearKernels;
import dev.wootz.kernel.KernelException;
import dev.wootz.kernel.Threads;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;

/** Tensors from one type to another, a piece of rows at a time: bytes as they are for the same type, else through float32. */
final class TensorConversion implements AutoCloseable {
  /** Elements of a piece, or one row where rows are longer. */
  private static final long PIECE = 1 << 20;

  /** Where the bytes of a tensor go, see {@link dev.wootz.format.GgufWriter#write}. */
  interface Sink {
    void write(String tensor, long byteOffset, ByteBuffer from);
  }

  /** Is told the bytes that have been written of the tensor that is being written. */
  interface Progress {
    void written(String tensor, long bytes);
  }

  private final Path file;
  private final Threads pool;
  private volatile boolean cancelled;

  /**
   * @param file what is read, for messages
   */
  TensorConversion(Path file, int threads) {
    this.file = file;
    this.pool = Threads.of(threads);
  }

  /** Ends {@link #convert} soon, from another thread. */
  void cancel() {
    cancelled = true;
  }

  void convert(PlannedTensor tensor, Sink sink, Progress progress) {
    RowSource source = tensor.source();
    Shape shape = source.shape();
    long cols = shape.cols();
    long rows = shape.rows();
    if (rows == 0) {
      return;
    }
    long pieceRows = Math.min(rows, Math.max(1, PIECE / cols));
    try (Memory in = Memory.allocate(pieceRows * source.rowBytes());
        Memory floats = Memory.allocate(pieceRows * cols * 4);
        Memory out = Memory.allocate(tensor.dtype().bytes(pieceRows * cols))) {
      for (long row = 0; row < rows; row += pieceRows) {
        if (cancelled || Thread.currentThread().isInterrupted()) {
          throw new CancellationException("converting " + file + " was cancelled");
        }
        Shape piece = Shape.of(Math.min(pieceRows, rows - row), cols);
        Tensor stored = new Tensor(in, 0, source.dtype(), piece);
        source.read(row, stored.buffer());
        Tensor converted = converted(tensor, row, stored, new Tensor(floats, 0, DType.F32, piece), new Tensor(out, 0, tensor.dtype(), piece));
        sink.write(tensor.name(), tensor.dtype().bytes(row * cols), converted.buffer());
        progress.written(tensor.name(), converted.bytes());
      }
    }
  }

  private Tensor converted(PlannedTensor tensor, long row, Tensor stored, Tensor floats, Tensor out) {
    if (stored.dtype() == out.dtype()) {
      return stored;
    }
    if (stored.dtype().block()) {
      CpuLinearKernels.get().dequantize(floats, stored, pool);
    } else {
      CpuKernels.get().convert(floats, stored);
    }
    if (out.dtype() == DType.F32) {
      return floats;
    }
    if (!out.dtype().block()) {
      CpuKernels.get().convert(out, floats);
      return out;
    }
    try {
      CpuLinearKernels.get().quantize(out, floats, null, pool);
    } catch (KernelException e) {
      throw new FormatException(
          Reason.VALUE_NOT_FINITE, file, tensor.name(), "rows from " + row + " on cannot be quantized: " + e.getMessage(), e);
    }
    return out;
  }

  @Override
  public void close() {
    pool.close();
  }
}
