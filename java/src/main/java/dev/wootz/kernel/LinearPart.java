package dev.wootz.kernel;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One product of several that share their input: {@code out (+)= x W^T + bias}.
 *
 * @param bias f32 [weight.rows], or null
 * @param out f32; row i begins at element {@code i * outStride}
 * @param add whether the product is added to what out holds
 */
public record LinearPart(Weight weight, @Nullable Tensor bias, Tensor out, long outStride, boolean add) {
  public LinearPart(Weight weight, Tensor out) {
    this(weight, null, out, weight.rows(), false);
  }
}
