package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.bytes;
import static dev.wootz.kernel.NativeArguments.bytesAtLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/** {@link LinearKernels} on the CPU: the native library checks shapes and types, this class the sizes of the tensors. */
public final class CpuLinearKernels implements LinearKernels {
  private static final CpuLinearKernels INSTANCE = new CpuLinearKernels();

  private CpuLinearKernels() {}

  public static CpuLinearKernels get() {
    return INSTANCE;
  }

  @Override
  public void dequantize(Tensor out, Tensor blocks, @Nullable Threads pool) {
    sameElements(out.elements(), blocks, "blocks");
    check(wootz.wz_dequantize(floats(out), pointer(blocks), blocks.dtype().code(), out.elements(), pool(pool)));
  }

  @Override
  public void quantize(Tensor blocks, Tensor x, @Nullable Tensor importance, @Nullable Threads pool) {
    sameElements(x.elements(), blocks, "blocks");
    long cols = x.shape().cols();
    if (importance != null) {
      sameElements(cols, importance, "importance");
    }
    FloatPointer weights = importance == null ? null : floats(importance);
    check(wootz.wz_quantize(pointer(blocks), blocks.dtype().code(), floats(x), weights, x.shape().rows(), cols, pool(pool)));
  }

  @Override
  public boolean packs(DType type) {
    return switch (type) {
      case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  @Override
  public long packedBytes(DType type, long rows, long cols) {
    try (LongPointer bytes = new LongPointer(1)) {
      check(wootz.wz_packed_bytes(bytes, type.code(), rows, cols));
      return bytes.get();
    }
  }

  @Override
  public void pack(Tensor packed, Tensor matrix, @Nullable Threads pool) {
    long rows = matrix.shape().rows();
    long cols = matrix.shape().cols();
    bytesAtLeast(packedBytes(matrix.dtype(), rows, cols), packed, "packed");
    check(wootz.wz_pack(bytes(packed), pointer(matrix), matrix.dtype().code(), rows, cols, pool(pool)));
  }

  @Override
  public long linearScratch(long rows, long cols) {
    return wootz.wz_linear_scratch(rows, cols);
  }

  @Override
  public Parts parts(List<LinearPart> parts) {
    return new PreparedLinear.Products(parts, Memory.HOST, this);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long rows, Tensor scratch, @Nullable Threads pool) {
    linear(parts, x, xStride, 0, rows, scratch, pool);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long first, long rows, Tensor scratch, @Nullable Threads pool) {
    PreparedLinear.Products known = (PreparedLinear.Products) parts;
    known.check(x, xStride, first, rows);
    bytesAtLeast(wootz.wz_linear_scratch(rows, known.cols), scratch, "scratch");
    FloatPointer from = known.from(x, xStride, first);
    check(wootz.wz_linear(known.structs, known.count, from, xStride, rows, bytes(scratch), pool(pool)));
  }

  @Override
  public Experts experts(List<Weight> experts) {
    return new PreparedLinear.Projection(experts, Memory.HOST, this);
  }

  @Override
  public void linearGrouped(
      Tensor out, Experts experts, Tensor begin, @Nullable Tensor rowOf, Tensor x, long xRows, long assignments, Tensor scratch,
      @Nullable Threads pool) {
    PreparedLinear.Projection known = (PreparedLinear.Projection) experts;
    IntPointer starts = ints(begin);
    known.check(out, begin, rowOf, x, xRows, assignments);
    if (starts.get(known.count) > assignments) {
      throw new KernelException("begin ends at " + starts.get(known.count) + ", expected at most " + assignments + " assignments");
    }
    bytesAtLeast(wootz.wz_linear_scratch(Math.max(xRows, assignments), known.cols), scratch, "scratch");
    check(
        wootz.wz_linear_grouped(
            floats(out),
            known.structs,
            known.count,
            starts,
            rowOf == null ? null : ints(rowOf),
            floats(x),
            xRows,
            bytes(scratch),
            pool(pool)));
  }
}
