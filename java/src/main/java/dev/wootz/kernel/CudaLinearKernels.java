package dev.wootz.kernel;

import static dev.wootz.kernel.CudaArguments.bytes;
import static dev.wootz.kernel.CudaArguments.check;
import static dev.wootz.kernel.CudaArguments.floats;
import static dev.wootz.kernel.CudaArguments.ints;
import static dev.wootz.kernel.NativeArguments.bytesAtLeast;
import static dev.wootz.kernel.NativeArguments.on;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * {@link LinearKernels} on the stream of a CUDA device, as {@code cuda_linear.h} says. Pools are of no use here. What happens once, when weights are
 * made, happens on the host: {@link #dequantize} and {@link #quantize} take its tensors.
 */
final class CudaLinearKernels implements LinearKernels {
  private final CudaStream stream;
  private final int device;

  CudaLinearKernels(CudaStream stream) {
    this.stream = stream;
    this.device = stream.device();
  }

  @Override
  public void dequantize(Tensor out, Tensor blocks, @Nullable Threads pool) {
    CpuLinearKernels.get().dequantize(out, blocks, pool);
  }

  @Override
  public void quantize(Tensor blocks, Tensor x, @Nullable Tensor importance, @Nullable Threads pool) {
    CpuLinearKernels.get().quantize(blocks, x, importance, pool);
  }

  @Override
  public boolean packs(DType type) {
    return switch (type) {
      case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  @Override
  public boolean takesRows(DType type) {
    return type == DType.F32 || type == DType.F16 || type == DType.BF16;
  }

  @Override
  public long packedBytes(DType type, long rows, long cols) {
    try (LongPointer bytes = new LongPointer(1)) {
      check(wootz_cuda.wz_cuda_packed_bytes(bytes, type.code(), rows, cols));
      return bytes.get();
    }
  }

  @Override
  public void pack(Tensor packed, Tensor matrix, @Nullable Threads pool) {
    long rows = matrix.shape().rows();
    long cols = matrix.shape().cols();
    bytesAtLeast(packedBytes(matrix.dtype(), rows, cols), packed, "packed");
    check(wootz_cuda.wz_cuda_pack(bytes(packed, device), on(device, matrix), matrix.dtype().code(), rows, cols, stream.pointer()));
  }

  @Override
  public long linearScratch(long rows, long cols) {
    return wootz_cuda.wz_cuda_linear_scratch(rows, cols);
  }

  @Override
  public Parts parts(List<LinearPart> parts) {
    return new PreparedLinear.Products(parts, device, this);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long rows, Tensor scratch, @Nullable Threads pool) {
    linear(parts, x, xStride, 0, rows, scratch, pool);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long first, long rows, Tensor scratch, @Nullable Threads pool) {
    PreparedLinear.Products known = (PreparedLinear.Products) parts;
    known.check(x, xStride, first, rows);
    bytesAtLeast(linearScratch(rows, known.cols), scratch, "scratch");
    FloatPointer from = known.from(x, xStride, first);
    check(wootz_cuda.wz_cuda_linear(known.structs, known.count, from, xStride, rows, bytes(scratch, device), stream.pointer()));
  }

  @Override
  public Experts experts(List<Weight> experts) {
    return new PreparedLinear.Projection(experts, device, this);
  }

  @Override
  public void linearGrouped(
      Tensor out, Experts experts, Tensor begin, @Nullable Tensor rowOf, Tensor x, long xRows, long assignments, Tensor scratch,
      @Nullable Threads pool) {
    PreparedLinear.Projection known = (PreparedLinear.Projection) experts;
    known.check(out, begin, rowOf, x, xRows, assignments);
    bytesAtLeast(linearScratch(xRows, known.cols), scratch, "scratch");
    check(
        wootz_cuda.wz_cuda_linear_grouped(
            floats(out, device),
            known.structs,
            known.count,
            ints(begin, device),
            rowOf == null ? null : ints(rowOf, device),
            floats(x, device),
            xRows,
            assignments,
            bytes(scratch, device),
            stream.pointer()));
  }
}
