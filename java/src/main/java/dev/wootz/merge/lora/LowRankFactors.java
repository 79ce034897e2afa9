package dev.wootz.merge.lora;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/**
 * B A, about the difference of one weight.
 *
 * @param b f32 [rows, rank]
 * @param a f32 [rank, cols]
 */
record LowRankFactors(Tensor b, Tensor a) implements AutoCloseable {

  /** Takes both over: {@code left} is B, {@code right} [cols, rank] the transpose of A. */
  static LowRankFactors of(Columns left, Columns right) {
    try (Columns transpose = right) {
      return new LowRankFactors(left.tensor(), transpose.transposed().tensor());
    }
  }

  int rank() {
    return Math.toIntExact(b.shape().cols());
  }

  /** A factor in another type, in memory that the caller closes; {@code factor} itself becomes what the rounded values are in float32. */
  static Tensor rounded(Tensor factor, DType dtype) {
    Memory memory = Memory.allocate(Math.max(1, factor.elements() * dtype.bytes()));
    try {
      Shape flat = Shape.of(factor.elements());
      Tensor stored = new Tensor(memory, 0, dtype, flat);
      CpuKernels.get().convert(stored, factor.flat(0, factor.elements()));
      CpuKernels.get().convert(factor.flat(0, factor.elements()), stored);
      return stored;
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  @Override
  public void close() {
    b.memory().close();
    a.memory().close();
  }
}
