package dev.wootz.merge.vocabulary;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Scratch;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** mean = (row 0 + row 1 + ...) / rows, summed in float64 in the order of the calls and rounded once, for rows of any floating type. */
final class RowMean {
  private final int cols;
  private final DType dtype;
  private final Kernels kernels;
  private final Tensor wide;
  private final double[] sums;
  private final double[] one;
  private final float[] narrow;
  private long rows;

  /** @param most rows that are added at once */
  RowMean(int cols, DType dtype, Kernels kernels, int most, Scratch scratch) {
    this.cols = cols;
    this.dtype = dtype;
    this.kernels = kernels;
    this.wide = scratch.scratch(dtype == DType.F64 ? DType.F64 : DType.F32, (long) Math.max(2, most) * cols);
    this.sums = new double[cols];
    this.one = new double[cols];
    this.narrow = new float[cols];
  }

  void clear() {
    Arrays.fill(sums, 0);
    rows = 0;
  }

  /** @param piece whole rows */
  void add(Tensor piece) {
    Tensor values = wide.flat(0, piece.elements());
    kernels.convert(values, piece);
    rows += piece.elements() / cols;
    if (dtype == DType.F64) {
      DoubleBuffer doubles = values.buffer().asDoubleBuffer();
      while (doubles.hasRemaining()) {
        doubles.get(one);
        for (int c = 0; c < cols; c++) {
          sums[c] += one[c];
        }
      }
      return;
    }
    FloatBuffer floats = values.buffer().asFloatBuffer();
    while (floats.hasRemaining()) {
      floats.get(narrow);
      for (int c = 0; c < cols; c++) {
        sums[c] += narrow[c];
      }
    }
  }

  /** @param mean one row */
  void write(Tensor mean) {
    Tensor exact = new Tensor(wide.memory(), wide.offset(), DType.F64, mean.shape());
    DoubleBuffer doubles = exact.buffer().asDoubleBuffer();
    for (double sum : sums) {
      doubles.put(sum / rows);
    }
    kernels.convert(mean, exact);
  }
}
