package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code transformer.h}, whose comments are the specification, on the leading rows of their tensors. A null pool is the
 * calling thread alone. Nothing is allocated.
 */
public interface TransformerKernels {
  /** Whether {@link #embed} takes tables of this type. */
  default boolean embeds(DType type) {
    return true;
  }

  /** @param out f32 [tokens, cols]; @param table [vocabulary, cols] of a float or block type; @param ids i32 */
  void embed(Tensor out, Tensor table, Tensor ids, long tokens, @Nullable Threads pool);

  /** @param x f32 [rows, cols], changed where add is not null; @param weight f32 [cols] */
  void rmsNorm(Tensor out, Tensor x, @Nullable Tensor add, Tensor weight, double epsilon, long rows, @Nullable Threads pool);

  void swiglu(Tensor out, Tensor gate, Tensor up, long rows, long cols, @Nullable Threads pool);

  /** @param expert i32 [tokens, k]; @param weight f32 [tokens, k]; @param logits f32 [tokens, experts] */
  void moeRoute(Tensor expert, Tensor weight, Tensor logits, long tokens, int experts, int k, boolean normalize);

  /** @param begin i32 [experts + 1]; @param rowOf i32 [tokens * k]; @param place i32 [tokens, k] */
  void moeSort(Tensor begin, Tensor rowOf, Tensor place, Tensor expert, long tokens, int experts, int k);

  /** @param out f32 [tokens, cols], added to; @param y f32 [tokens * k, cols] */
  void moeCombine(Tensor out, Tensor y, Tensor place, Tensor weight, long tokens, int k, long cols, @Nullable Threads pool);
}
