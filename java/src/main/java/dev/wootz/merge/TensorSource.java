package dev.wootz.merge;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/** Where the elements of one input of one output tensor come from: a file, a file with an adapter applied, gathered rows. */
public interface TensorSource {
  DType dtype();

  Shape shape();

  /** Whether {@link #load} must be asked for whole rows (last dimension). */
  boolean wholeRows();

  /**
   * Loads elements {@code [first, first + into.elements())}, flat indices, into {@code into}, whose dtype is {@link #dtype}. Safe to call
   * from several threads, each with a scratch of its own. Throws {@link dev.wootz.format.FormatException} or {@link MergeException} when it cannot.
   */
  void load(long first, Tensor into, Scratch scratch);

  /** Bytes that loading every element once reads from files. */
  long bytesToRead();
}
