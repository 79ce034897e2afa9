package dev.wootz.model.convert;

import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;

/** A tensor of the result: its name and type there, and where its rows come from. */
record PlannedTensor(String name, DType dtype, RowSource source) {
  TensorSpec spec() {
    return new TensorSpec(name, dtype, source.shape());
  }

  PlannedTensor as(DType other) {
    return new PlannedTensor(name, other, source);
  }
}
