package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;

import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The small operations of a decoder layer on the CPU. Checks what only Java knows: that the tensors are large enough. */
public final class CpuTransformerKernels implements TransformerKernels {
  private static final CpuTransformerKernels INSTANCE = new CpuTransformerKernels();

  CpuTransformerKernels() {}

  public static CpuTransformerKernels get() {
    return INSTANCE;
  }

  @Override
  public void embed(Tensor out, Tensor table, Tensor ids, long tokens, @Nullable Threads pool) {
    long cols = table.shape().cols();
    TransformerShapes.embed(out, table, ids, tokens);
    check(
        wootz.wz_embed(
            floats(out), pointer(table), table.dtype().code(), table.shape().rows(), cols, ints(ids), tokens, pool(pool)));
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, @Nullable Tensor add, Tensor weight, double epsilon, long rows, @Nullable Threads pool) {
    long cols = weight.elements();
    TransformerShapes.rmsNorm(out, x, add, weight, rows);
    check(
        wootz.wz_rms_norm(
            floats(out), floats(x), add == null ? null : floats(add), floats(weight), epsilon, rows, cols, pool(pool)));
  }

  @Override
  public void swiglu(Tensor out, Tensor gate, Tensor up, long rows, long cols, @Nullable Threads pool) {
    TransformerShapes.swiglu(out, gate, up, rows, cols);
    check(wootz.wz_swiglu(floats(out), floats(gate), floats(up), rows, cols, pool(pool)));
  }

  @Override
  public void moeRoute(Tensor expert, Tensor weight, Tensor logits, long tokens, int experts, int k, boolean normalize) {
    TransformerShapes.moeRoute(expert, weight, logits, tokens, experts, k);
    check(wootz.wz_moe_route(ints(expert), floats(weight), floats(logits), tokens, experts, k, normalize ? 1 : 0));
  }

  @Override
  public void moeSort(Tensor begin, Tensor rowOf, Tensor place, Tensor expert, long tokens, int experts, int k) {
    TransformerShapes.moeSort(begin, rowOf, place, expert, tokens, experts, k);
    check(wootz.wz_moe_sort(ints(begin), ints(rowOf), ints(place), ints(expert), tokens, experts, k));
  }

  @Override
  public void moeCombine(Tensor out, Tensor y, Tensor place, Tensor weight, long tokens, int k, long cols, @Nullable Threads pool) {
    TransformerShapes.moeCombine(out, y, place, weight, tokens, k, cols);
    check(wootz.wz_moe_combine(floats(out), floats(y), ints(place), floats(weight), tokens, k, cols, pool(pool)));
  }
}
