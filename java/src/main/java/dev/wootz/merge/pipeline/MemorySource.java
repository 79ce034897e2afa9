package dev.wootz.merge.pipeline;

import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/** A tensor that is in memory. */
record MemorySource(String label, Tensor tensor) implements TensorSource {
  @Override
  public DType dtype() {
    return tensor.dtype();
  }

  @Override
  public Shape shape() {
    return tensor.shape();
  }

  @Override
  public boolean wholeRows() {
    return false;
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    into.buffer().put(tensor.flat(first, into.elements()).buffer());
  }

  @Override
  public long bytesToRead() {
    return tensor.bytes();
  }

  @Override
  public String toString() {
    return label;
  }
}
