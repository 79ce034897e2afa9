package dev.wootz.merge.lora;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The largest singular values of a matrix and their vectors: D ≈ U diag(s) Vᵀ.
 *
 * <p>A matrix with a short side is decomposed completely. Others by randomised subspace iteration (Halko, Martinsson and Tropp, "Finding
 * structure with randomness", 2011, algorithm 4.4): the range of D is found from its products with a few random vectors, and the
 * decomposition is that of D restricted to it.
 *
 * @param u [rows, rank]
 * @param s descending
 * @param v [cols, rank]
 */
record TruncatedSvd(Columns u, double[] s, Columns v) {
  /** A side of this length is short. */
  private static final int SHORT = 192;

  private static final int POWER_ITERATIONS = 3;

  /**
   * @param rank at most the shorter side
   * @param key of {@link Kernels#philoxKey}: the same key gives the same result
   */
  static TruncatedSvd of(LinearMap d, int rank, long key) {
    // The more vectors beyond the rank, the closer the result is to the optimum where singular values fall slowly.
    int vectors = rank + Math.max(10, rank / 2);
    int shorter = Math.min(d.rows(), d.cols());
    if (shorter <= Math.max(SHORT, vectors)) {
      return d.rows() <= d.cols() ? complete(d, Columns.identity(d.rows()), rank) : completeTall(d, rank);
    }
    Columns q = d.times(normal(d.cols(), vectors, key));
    q.orthonormalise();
    for (int i = 0; i < POWER_ITERATIONS; i++) {
      Columns z = d.transposedTimes(q);
      z.orthonormalise();
      q = d.times(z);
      q.orthonormalise();
    }
    return complete(d, q, rank);
  }

  /** Of q qᵀ D, q [rows, k] orthonormal: with Dᵀ q = p r and r = u s vᵀ that is (q v) s (p u)ᵀ. */
  private static TruncatedSvd complete(LinearMap d, Columns q, int rank) {
    Columns p = d.transposedTimes(q);
    JacobiSvd small = JacobiSvd.of(p.orthonormalise());
    return new TruncatedSvd(q.times(small.v(), rank), head(small.s(), rank), p.times(small.u(), rank));
  }

  /** Of D = p r, r = u s vᵀ: (p u) s vᵀ. */
  private static TruncatedSvd completeTall(LinearMap d, int rank) {
    Columns p = d.times(Columns.identity(d.cols()));
    JacobiSvd small = JacobiSvd.of(p.orthonormalise());
    return new TruncatedSvd(p.times(small.u(), rank), head(small.s(), rank), Columns.identity(d.cols()).times(small.v(), rank));
  }

  private static double[] head(double[] s, int rank) {
    return Arrays.copyOf(s, rank);
  }

  private static Columns normal(int rows, int count, long key) {
    Columns normal = Columns.zeros(rows, count);
    try (Memory memory = Memory.allocate((long) rows * Float.BYTES)) {
      Tensor drawn = new Tensor(memory, 0, DType.F32, Shape.of(rows));
      FloatBuffer values = drawn.buffer().asFloatBuffer();
      for (int j = 0; j < count; j++) {
        CpuKernels.get().philoxNormal(drawn, key, (long) j * rows, 0, 1);
        for (int i = 0; i < rows; i++) {
          normal.columns()[j][i] = values.get(i);
        }
      }
    }
    return normal;
  }

  /** Sum of the squares of the singular values. */
  double energy() {
    double sum = 0;
    for (double value : s) {
      sum += value * value;
    }
    return sum;
  }
}
