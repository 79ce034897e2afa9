package dev.wootz.kernel;

import dev.wootz.tensor.DType;

/** How each step of an operation is computed: {@code wz_arithmetic} of {@code wootz/merge.h}. */
public enum Arithmetic {
  /** float32 steps without fused multiply-add, one rounding to the output type at the end. */
  F32,
  /** float64 steps, one rounding at the end. */
  F64,
  /** Every step in float32 and then rounded to bfloat16: what PyTorch computes on bfloat16 tensors. */
  BF16,
  /** The same with float16. */
  F16;

  /** The {@code wz_arithmetic} value. */
  public int code() {
    return ordinal();
  }

  /** What PyTorch computes with on tensors of this type. */
  public static Arithmetic torch(DType type) {
    return switch (type) {
      case BF16 -> BF16;
      case F16 -> F16;
      case F64 -> F64;
      default -> F32;
    };
  }
}
