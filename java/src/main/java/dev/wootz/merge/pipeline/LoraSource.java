package dev.wootz.merge.pipeline;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/**
 * W + scale B A (LoRA, arXiv 2106.09685), applied row by row while W streams through: no merged copy is ever stored.
 *
 * @param b f32 [rows, rank], in memory
 * @param a f32 [rank, cols], in memory
 */
record LoraSource(TensorSource w, DType dtype, Tensor b, Tensor a, double scale, Kernels kernels) implements TensorSource {
  /** Reads an adapter's factor into memory as float32. The caller owns the memory. */
  static Tensor factor(TensorSource source, Kernels kernels, Scratch scratch) {
    Memory memory = Memory.allocate(Math.max(1, source.shape().elements() * DType.F32.bytes()));
    Tensor factor = new Tensor(memory, 0, DType.F32, source.shape());
    try {
      CastSource.of(source, DType.F32, kernels).load(0, factor.flat(0, factor.elements()), scratch);
      return factor;
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  @Override
  public Shape shape() {
    return w.shape();
  }

  @Override
  public boolean wholeRows() {
    return true;
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    long cols = w.shape().cols();
    long rank = b.shape().cols();
    long rows = into.elements() / cols;
    Tensor stored = scratch.scratch(w.dtype(), into.elements());
    w.load(first, stored, scratch);
    Shape shape = Shape.of(rows, cols);
    Tensor bRows = new Tensor(b.memory(), b.offset() + first / cols * rank * DType.F32.bytes(), DType.F32, Shape.of(rows, rank));
    kernels.mergeLora(shaped(into, shape), shaped(stored, shape), bRows, a, scale);
  }

  private static Tensor shaped(Tensor flat, Shape shape) {
    return new Tensor(flat.memory(), flat.offset(), flat.dtype(), shape);
  }

  @Override
  public long bytesToRead() {
    return w.bytesToRead();
  }

  @Override
  public String toString() {
    return w + " with its adapter";
  }
}
