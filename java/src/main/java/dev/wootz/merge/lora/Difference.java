package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.List;

/**
 * D = tuned - base of one weight [rows, cols], subtracted in float64 and held in float32. The products see it wide, as D or D^T with the
 * shorter side first, so that a basis is sought on the shorter side.
 */
final class Difference implements AutoCloseable {
  /** Elements read at once. */
  static final long PIECE = 1 << 18;

  private final Kernels kernels = CpuKernels.get();
  private final Tensor d;
  private final boolean tall;

  private Difference(Tensor d) {
    this.d = d;
    this.tall = d.shape().extent(0) > d.shape().extent(1);
  }

  /** Takes a float32 matrix over. */
  static Difference of(Tensor d) {
    return new Difference(d);
  }

  /** Throws {@link MergeException} when a value of the two weights, or their difference, is not finite. */
  static Difference load(Checkpoint base, Checkpoint tuned, TensorInfo weight) {
    TensorInfo other = tuned.tensor(weight.name());
    Tensor d = Tensor.over(Memory.allocate(weight.shape().elements() * DType.F32.bytes()), DType.F32, weight.shape().toArray());
    Difference difference = new Difference(d);
    try (Memory from = Memory.allocate(PIECE * weight.dtype().bytes());
        Memory to = Memory.allocate(PIECE * other.dtype().bytes())) {
      for (long first = 0; first < d.elements(); first += PIECE) {
        long n = Math.min(PIECE, d.elements() - first);
        Tensor x = read(base, weight, first, n, from);
        Tensor y = read(tuned, other, first, n, to);
        difference.kernels.mergeLinear(d.flat(first, n), List.of(y, x), null, new double[] {1, -1}, 1, Arithmetic.F64);
      }
      difference.requireFinite(weight.name());
      return difference;
    } catch (RuntimeException | Error e) {
      difference.close();
      throw e;
    }
  }

  static Tensor read(Checkpoint checkpoint, TensorInfo tensor, long first, long n, Memory into) {
    Tensor piece = new Tensor(into, 0, tensor.dtype(), Shape.of(n));
    checkpoint.read(tensor, first * tensor.dtype().bytes(), piece.buffer());
    return piece;
  }

  private void requireFinite(String name) {
    Kernels.Statistics statistics = kernels.statistics(Kernels.Statistics.NONE, d.flat(0, d.elements()));
    if (statistics.nans() + statistics.infinities() > 0) {
      throw new MergeException(
          "tensor " + name + ": " + (statistics.nans() + statistics.infinities())
              + " elements of the difference are NaN or infinite; an adapter needs finite weights");
    }
  }

  long rows() {
    return d.shape().extent(0);
  }

  long cols() {
    return d.shape().extent(1);
  }

  /** Whether the products see D^T. */
  boolean tall() {
    return tall;
  }

  long shortSide() {
    return Math.min(rows(), cols());
  }

  long longSide() {
    return Math.max(rows(), cols());
  }

  /** @param x [long side, k]; the result [short side, k] */
  Columns times(Columns x) {
    return product(shortSide(), x, tall);
  }

  /** @param x [short side, k]; the result [long side, k] */
  Columns transposedTimes(Columns x) {
    return product(longSide(), x, !tall);
  }

  private Columns product(long length, Columns x, boolean transpose) {
    Columns product = Columns.allocate(length, x.count());
    try {
      kernels.matmulF32(product.tensor(), d, x.tensor(), transpose);
      return product;
    } catch (RuntimeException | Error e) {
      product.close();
      throw e;
    }
  }

  /** |D|^2, the sum of the squared elements, in float64. */
  double energy() {
    double[] energy = new double[1];
    kernels.mergeGram(energy, List.of(d.flat(0, d.elements())), null);
    return energy[0];
  }

  /** D -= B A, with float32 factors B [rows, r] and A [r, cols]: this is then what the factors do not say. */
  void subtract(Tensor b, Tensor a) {
    kernels.mergeLora(d, d, b, a, -1);
  }

  @Override
  public void close() {
    d.memory().close();
  }
}
