package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;

/**
 * The matrix of a linear layer, {@code [rows, cols]}: rows are outputs.
 *
 * @param data the file's rows, or the bytes that {@link LinearKernels#pack} made (a u8 tensor)
 * @param dtype of the weights, also when packed
 * @param packed whether rows are interleaved for the integer dot product, see {@code linear.h}
 */
public record Weight(Tensor data, DType dtype, boolean packed, long rows, long cols) {
  /** A matrix as a file has it. */
  public static Weight of(Tensor matrix) {
    return new Weight(matrix, matrix.dtype(), false, matrix.shape().rows(), matrix.shape().cols());
  }
}
