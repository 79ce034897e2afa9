package dev.wootz.merge;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;

/** Working memory of one thread, given back as a whole when its tile ends. */
@FunctionalInterface
public interface Scratch {
  /** Uninitialised, flat, aligned to 64 bytes, valid until the tile ends. */
  Tensor scratch(DType dtype, long elements);
}
