package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code quantize.h} and {@code linear.h}, whose comments are the specification. A null pool is the calling thread alone.
 * Methods that a decoding step calls take prepared arguments and allocate nothing.
 */
public interface LinearKernels {
  /** @param out f32; @param blocks any float or block type, as many elements */
  void dequantize(Tensor out, Tensor blocks, @Nullable Threads pool);

  /** @param blocks [rows, cols] of a float or block type; @param x f32 [rows, cols]; @param importance f32 [cols] or null */
  void quantize(Tensor blocks, Tensor x, @Nullable Tensor importance, @Nullable Threads pool);

  /** Whether {@link #pack} knows the type. */
  boolean packs(DType type);

  /** Whether {@link #linear} takes matrices of this type as a file has them. */
  default boolean takesRows(DType type) {
    return true;
  }

  long packedBytes(DType type, long rows, long cols);

  /** @param packed u8, {@link #packedBytes} of them; @param matrix [rows, cols] of a block type */
  void pack(Tensor packed, Tensor matrix, @Nullable Threads pool);

  /** Bytes of scratch for so many rows. */
  long linearScratch(long rows, long cols);

  /** Several products that share their input, as native structs. To be closed; the tensors must outlive it. */
  interface Parts extends AutoCloseable {
    @Override
    void close();
  }

  Parts parts(List<LinearPart> parts);

  /**
   * @param x f32, row i at element {@code i * xStride}
   * @param rows of x, 0 or more
   * @param scratch u8, {@link #linearScratch} of them
   */
  void linear(Parts parts, Tensor x, long xStride, long rows, Tensor scratch, @Nullable Threads pool);

  /** The same for rows {@code [first, first + rows)} of x and of every output; others are left as they are. */
  void linear(Parts parts, Tensor x, long xStride, long first, long rows, Tensor scratch, @Nullable Threads pool);

  /** The experts of one projection, as native structs. */
  interface Experts extends AutoCloseable {
    @Override
    void close();
  }

  Experts experts(List<Weight> experts);

  /**
   * @param out f32 [assignments, rows of an expert]
   * @param begin i32 [experts + 1]
   * @param rowOf i32 [assignments], or null
   * @param x f32 [xRows, cols]
   * @param assignments the most that begin can end with
   */
  void linearGrouped(Tensor out, Experts experts, Tensor begin, @Nullable Tensor rowOf, Tensor x, long xRows, long assignments,
      Tensor scratch, @Nullable Threads pool);
}
