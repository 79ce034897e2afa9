package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What {@link TransformerKernels} asks of the sizes of its arguments, on every device. Each throws {@link KernelException} naming the tensor that is
 * too small.
 */
final class TransformerShapes {
  private TransformerShapes() {}

  static void embed(Tensor out, Tensor table, Tensor ids, long tokens) {
    atLeast(Math.multiplyExact(tokens, table.shape().cols()), out, "out");
    atLeast(tokens, ids, "ids");
  }

  static void rmsNorm(Tensor out, Tensor x, @Nullable Tensor add, Tensor weight, long rows) {
    long n = Math.multiplyExact(rows, weight.elements());
    atLeast(n, out, "out");
    atLeast(n, x, "x");
    if (add != null) {
      atLeast(n, add, "add");
    }
  }

  static void swiglu(Tensor out, Tensor gate, Tensor up, long rows, long cols) {
    long n = Math.multiplyExact(rows, cols);
    atLeast(n, out, "out");
    atLeast(n, gate, "gate");
    atLeast(n, up, "up");
  }

  static void moeRoute(Tensor expert, Tensor weight, Tensor logits, long tokens, int experts, int k) {
    atLeast(Math.multiplyExact(tokens, k), expert, "expert");
    atLeast(Math.multiplyExact(tokens, k), weight, "weight");
    atLeast(Math.multiplyExact(tokens, experts), logits, "logits");
  }

  static void moeSort(Tensor begin, Tensor rowOf, Tensor place, Tensor expert, long tokens, int experts, int k) {
    long n = Math.multiplyExact(tokens, k);
    atLeast(experts + 1L, begin, "begin");
    atLeast(n, rowOf, "rowOf");
    atLeast(n, place, "place");
    atLeast(n, expert, "expert");
  }

  static void moeCombine(Tensor out, Tensor y, Tensor place, Tensor weight, long tokens, int k, long cols) {
    long n = Math.multiplyExact(tokens, k);
    atLeast(Math.multiplyExact(tokens, cols), out, "out");
    atLeast(Math.multiplyExact(n, cols), y, "y");
    atLeast(n, place, "place");
    atLeast(n, weight, "weight");
  }
}
