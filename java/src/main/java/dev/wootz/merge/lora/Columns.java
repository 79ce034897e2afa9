package dev.wootz.merge.lora;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** A few long vectors: the columns of a float32 matrix [length, count], row-major, in memory of their own. */
record Columns(Tensor tensor) implements AutoCloseable {
  /** Vectors whose dot products are computed in one call; the operation keeps 256 bytes for each pair. */
  private static final int GROUP = 64;

  /** Uninitialised. */
  static Columns allocate(long length, long count) {
    return new Columns(Tensor.over(Memory.allocate(Math.max(1, length * count * DType.F32.bytes())), DType.F32, length, count));
  }

  static Columns identity(int n) {
    Columns identity = allocate(n, n);
    FloatBuffer elements = identity.elements();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        elements.put(i == j ? 1 : 0);
      }
    }
    return identity;
  }

  int count() {
    return Math.toIntExact(tensor.shape().cols());
  }

  long length() {
    return tensor.shape().extent(0);
  }

  private FloatBuffer elements() {
    return tensor.buffer().asFloatBuffer();
  }

  /** This [length, count] times w [count][k]: columns [length, k]. */
  Columns times(double[][] w) {
    int k = w.length == 0 ? 0 : w[0].length;
    Columns product = allocate(length(), k);
    try (Columns factor = allocate(count(), k)) {
      FloatBuffer elements = factor.elements();
      for (double[] row : w) {
        for (double value : row) {
          elements.put((float) value);
        }
      }
      CpuKernels.get().matmulF32(product.tensor, tensor, factor.tensor, false);
      return product;
    } catch (RuntimeException | Error e) {
      product.close();
      throw e;
    }
  }

  /** [count, length]. */
  Columns transposed() {
    Columns result = allocate(count(), length());
    int count = count();
    int length = Math.toIntExact(length());
    float[] row = new float[count];
    FloatBuffer from = elements();
    FloatBuffer to = result.elements();
    for (int i = 0; i < length; i++) {
      from.get(row);
      for (int j = 0; j < count; j++) {
        to.put(j * length + i, row[j]);
      }
    }
    return result;
  }

  /** G [count][count] of all dot products, in float64. */
  double[][] gram() {
    double[][] gram = new double[count()][count()];
    try (Columns rows = transposed()) {
      for (int i = 0; i < count(); i += GROUP) {
        for (int j = i; j < count(); j += GROUP) {
          rows.gram(gram, i, j);
        }
      }
    }
    return gram;
  }

  /** Of the rows [i, i + GROUP) and [j, j + GROUP). */
  private void gram(double[][] gram, int i, int j) {
    int count = Math.toIntExact(length());
    List<Integer> numbers = new ArrayList<>();
    for (int k = i; k < Math.min(i + GROUP, count); k++) {
      numbers.add(k);
    }
    for (int k = j; j > i && k < Math.min(j + GROUP, count); k++) {
      numbers.add(k);
    }
    long length = tensor.shape().cols();
    Kernels kernels = CpuKernels.get();
    double[] products = new double[numbers.size() * numbers.size()];
    kernels.mergeGram(products, numbers.stream().map(k -> tensor.flat(k * length, length)).toList(), null);
    for (int a = 0; a < numbers.size(); a++) {
      for (int b = 0; b < numbers.size(); b++) {
        gram[numbers.get(a)][numbers.get(b)] = products[a * numbers.size() + b];
      }
    }
  }

  @Override
  public void close() {
    tensor.memory().close();
  }
}
