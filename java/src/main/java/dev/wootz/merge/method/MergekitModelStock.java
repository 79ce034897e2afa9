package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.Tensor;

/** {@link ModelStock} with mergekit's rounding: products of norms and cosines held in the compute type, products of norms at least 1e-6. */
final class MergekitModelStock {
  private static final double SMALLEST_PRODUCT = 1e-6;

  private final TensorTask task;
  private final TorchScalars scalars;
  private final int[] sources;

  MergekitModelStock(TensorTask task, int[] sources) {
    this.task = task;
    this.scalars = new TorchScalars(task);
    this.sources = sources;
  }

  Pass start(boolean byRows) {
    int k = sources.length;
    if (byRows) {
      return Pass.output(
          tile -> {
            Vectors v = Vectors.rows(task, tile);
            while (v.next()) {
              double[] products = new double[k * k];
              add(v, products);
              write(v, ratio(products));
            }
          });
    }
    return Vectors.sums(
        task,
        k * k,
        this::add,
        products -> {
          double t = ratio(products);
          return Vectors.output(task, v -> write(v, t));
        });
  }

  /** products [k, k], j <= i: the deltas' inner products, whose terms are rounded but for the squares of a norm. */
  private void add(Vectors v, double[] products) {
    int k = sources.length;
    Tensor[] deltas = new Tensor[k];
    for (int i = 0; i < k; i++) {
      deltas[i] = v.input(sources[i], task.base());
    }
    Tensor product = v.vector();
    for (int i = 0; i < k; i++) {
      products[i * k + i] += v.dot(deltas[i], deltas[i]);
      for (int j = 0; j < i; j++) {
        products[i * k + j] += v.sum(v.multiply(product, deltas[i], deltas[j]));
      }
    }
  }

  private double ratio(double[] products) {
    int k = sources.length;
    double[] cosines = new double[k * (k - 1) / 2];
    int pair = 0;
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < i; j++) {
        double norms = scalars.multiply(scalars.norm(products[i * k + i]), scalars.norm(products[j * k + j]));
        double clamped = Math.max(norms, scalars.round(SMALLEST_PRODUCT));
        cosines[pair++] = scalars.cosine(scalars.divide(scalars.round(products[i * k + j]), clamped));
      }
    }
    double cosine = scalars.mean(cosines);
    return scalars.divide(scalars.multiply(cosine, k), scalars.add(scalars.multiply(cosine, k - 1), 1));
  }

  /** t mean(x) + (1 - t) base. */
  private void write(Vectors v, double t) {
    Tensor mean = v.first(v.vector(), v.input(sources[0]));
    for (int i = 1; i < sources.length; i++) {
      v.add(mean, mean, v.input(sources[i]));
    }
    v.divideBy(mean, mean, sources.length);
    v.scale(mean, mean, t);
    Tensor base = v.scale(v.vector(), v.input(task.base()), scalars.add(-t, 1));
    v.store(v.add(mean, mean, base));
  }
}
