package dev.wootz.format;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;

/** A tensor that is to be written. */
public record TensorSpec(String name, DType dtype, Shape shape) {
  /** Bytes of the data. Throws {@link IllegalArgumentException} beyond 63 bits, and for part of a block. */
  public long bytes() {
    try {
      return dtype.bytes(shape.elements());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("tensor " + name + " of shape " + shape + " has more than 2^63 - 1 bytes", e);
    }
  }
}
