package dev.wootz.kernel;

import static dev.wootz.kernel.CudaArguments.check;
import static dev.wootz.kernel.CudaArguments.floats;
import static dev.wootz.kernel.CudaArguments.floatsOrNull;
import static dev.wootz.kernel.CudaArguments.ints;
import static dev.wootz.kernel.NativeArguments.on;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** {@link TransformerKernels} on the stream of a CUDA device, as {@code cuda_transformer.h} says. Pools are of no use here. */
final class CudaTransformerKernels implements TransformerKernels {
  private final CudaStream stream;
  private final int device;

  CudaTransformerKernels(CudaStream stream) {
    this.stream = stream;
    this.device = stream.device();
  }

  @Override
  public boolean embeds(DType type) {
    return switch (type) {
      case F32, F16, BF16, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  @Override
  public void embed(Tensor out, Tensor table, Tensor ids, long tokens, @Nullable Threads pool) {
    long cols = table.shape().cols();
    TransformerShapes.embed(out, table, ids, tokens);
    check(
        wootz_cuda.wz_cuda_embed(
            floats(out, device), on(device, table), table.dtype().code(), table.shape().rows(), cols, ints(ids, device), tokens,
            stream.pointer()));
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, @Nullable Tensor add, Tensor weight, double epsilon, long rows, @Nullable Threads pool) {
    long cols = weight.elements();
    TransformerShapes.rmsNorm(out, x, add, weight, rows);
    check(
        wootz_cuda.wz_cuda_rms_norm(
            floats(out, device), floats(x, device), floatsOrNull(add, device), floats(weight, device), epsilon, rows, cols,
            stream.pointer()));
  }

  @Override
  public void swiglu(Tensor out, Tensor gate, Tensor up, long rows, long cols, @Nullable Threads pool) {
    TransformerShapes.swiglu(out, gate, up, rows, cols);
    check(wootz_cuda.wz_cuda_swiglu(floats(out, device), floats(gate, device), floats(up, device), rows, cols, stream.pointer()));
  }

  @Override
  public void moeRoute(Tensor expert, Tensor weight, Tensor logits, long tokens, int experts, int k, boolean normalize) {
    TransformerShapes.moeRoute(expert, weight, logits, tokens, experts, k);
    check(
        wootz_cuda.wz_cuda_moe_route(
            ints(expert, device), floats(weight, device), floats(logits, device), tokens, experts, k, normalize ? 1 : 0, stream.pointer()));
  }

  @Override
  public void moeSort(Tensor begin, Tensor rowOf, Tensor place, Tensor expert, long tokens, int experts, int k) {
    TransformerShapes.moeSort(begin, rowOf, place, expert, tokens, experts, k);
    check(
        wootz_cuda.wz_cuda_moe_sort(
            ints(begin, device), ints(rowOf, device), ints(place, device), ints(expert, device), tokens, experts, k, stream.pointer()));
  }

  @Override
  public void moeCombine(Tensor out, Tensor y, Tensor place, Tensor weight, long tokens, int k, long cols, @Nullable Threads pool) {
    TransformerShapes.moeCombine(out, y, place, weight, tokens, k, cols);
    check(
        wootz_cuda.wz_cuda_moe_combine(
            floats(out, device), floats(y, device), ints(place, device), floats(weight, device), tokens, k, cols, stream.pointer()));
  }
}
