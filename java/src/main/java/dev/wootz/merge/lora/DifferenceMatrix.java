package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * tuned - base of one weight, in float32, never in memory as a whole: each product reads both files once, a tile of rows at a time.
 */
final class DifferenceMatrix implements LinearMap, AutoCloseable {
  private static final long TILE = 1 << 20;

  private final Kernels kernels = CpuKernels.get();
  private final Checkpoint base;
  private final Checkpoint tuned;
  private final TensorInfo baseInfo;
  private final TensorInfo tunedInfo;
  private final int rows;
  private final int cols;
  private final int tileRows;
  private final Memory baseMemory;
  private final Memory tunedMemory;
  private final Memory difference;

  DifferenceMatrix(Checkpoint base, Checkpoint tuned, String name) {
    this.base = base;
    this.tuned = tuned;
    this.baseInfo = base.tensor(name);
    this.tunedInfo = tuned.tensor(name);
    this.rows = Math.toIntExact(baseInfo.shape().extent(0));
    this.cols = Math.toIntExact(baseInfo.shape().extent(1));
    this.tileRows = (int) Math.max(1, Math.min(rows, TILE / Math.max(1, cols)));
    long elements = (long) tileRows * cols;
    this.baseMemory = Memory.allocate(elements * baseInfo.dtype().bytes());
    this.tunedMemory = Memory.allocate(elements * tunedInfo.dtype().bytes());
    this.difference = Memory.allocate(elements * Float.BYTES);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  /** Rows [first, first + count) as [count, cols]; valid until the next call. */
  private Tensor tile(int first, int count) {
    Tensor b = load(base, baseInfo, first, count, baseMemory);
    Tensor t = load(tuned, tunedInfo, first, count, tunedMemory);
    Tensor d = new Tensor(difference, 0, DType.F32, Shape.of((long) count * cols));
    kernels.mergeLinear(d, List.of(t, b), null, new double[] {1, -1}, 1, Arithmetic.F32);
    return new Tensor(difference, 0, DType.F32, Shape.of(count, cols));
  }

  private Tensor load(Checkpoint checkpoint, TensorInfo info, int first, int count, Memory memory) {
    Tensor tile = new Tensor(memory, 0, info.dtype(), Shape.of((long) count * cols));
    checkpoint.read(info, (long) first * cols * info.dtype().bytes(), tile.buffer());
    return tile;
  }

  @Override
  public Columns times(Columns x) {
    int k = x.count();
    Columns product = Columns.zeros(rows, k);
    try (Memory right = Memory.allocate((long) cols * k * Float.BYTES);
        Memory result = Memory.allocate((long) tileRows * k * Float.BYTES)) {
      Tensor b = rowMajor(x, 0, cols, right);
      for (int first = 0; first < rows; first += tileRows) {
        int count = Math.min(tileRows, rows - first);
        Tensor c = new Tensor(result, 0, DType.F32, Shape.of(count, k));
        kernels.matmulF32(c, tile(first, count), b, false);
        FloatBuffer values = c.buffer().asFloatBuffer();
        for (int i = 0; i < count; i++) {
          for (int j = 0; j < k; j++) {
            product.columns()[j][first + i] = values.get(i * k + j);
          }
        }
      }
    }
    return product;
  }

  @Override
  public Columns transposedTimes(Columns y) {
    int k = y.count();
    Columns product = Columns.zeros(cols, k);
    try (Memory right = Memory.allocate((long) tileRows * k * Float.BYTES);
        Memory result = Memory.allocate((long) cols * k * Float.BYTES)) {
      Tensor c = new Tensor(result, 0, DType.F32, Shape.of(cols, k));
      FloatBuffer values = c.buffer().asFloatBuffer();
      for (int first = 0; first < rows; first += tileRows) {
        int count = Math.min(tileRows, rows - first);
        kernels.matmulF32(c, tile(first, count), rowMajor(y, first, count, right), true);
        for (int i = 0; i < cols; i++) {
          for (int j = 0; j < k; j++) {
            product.columns()[j][i] += values.get(i * k + j);
          }
        }
      }
    }
    return product;
  }

  /** Rows [first, first + count) of x as float32 [count, k]. */
  private static Tensor rowMajor(Columns x, int first, int count, Memory memory) {
    int k = x.count();
    Tensor tensor = new Tensor(memory, 0, DType.F32, Shape.of(count, k));
    FloatBuffer values = tensor.buffer().asFloatBuffer();
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < k; j++) {
        values.put(i * k + j, (float) x.columns()[j][first + i]);
      }
    }
    return tensor;
  }

  @Override
  public void close() {
    baseMemory.close();
    tunedMemory.close();
    difference.close();
  }
}
