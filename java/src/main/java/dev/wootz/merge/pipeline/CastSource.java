package dev.wootz.merge.pipeline;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/** Another source in another dtype. */
record CastSource(TensorSource source, DType dtype, Kernels kernels) implements TensorSource {
  /** {@code source} itself when it has that dtype. */
  static TensorSource of(TensorSource source, DType dtype, Kernels kernels) {
    return source.dtype() == dtype ? source : new CastSource(source, dtype, kernels);
  }

  @Override
  public Shape shape() {
    return source.shape();
  }

  @Override
  public boolean wholeRows() {
    return source.wholeRows();
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    Tensor stored = scratch.scratch(source.dtype(), into.elements());
    source.load(first, stored, scratch);
    kernels.convert(into, stored);
  }

  @Override
  public long bytesToRead() {
    return source.bytesToRead();
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
