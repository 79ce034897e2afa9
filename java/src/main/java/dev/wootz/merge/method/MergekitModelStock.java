package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
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
    return byRows
        ? Pass.output(this::rows)
        : new NormPass(task, sources.length, scalars.arithmetic(), this::deltas, norms -> products(scalars.round(norms)));
  }

  private Pass products(double[] norms) {
    return Vectors.sums(
        task,
        pairs(),
        (v, products) -> addProducts(v, deltas(v), products),
        products -> {
          double t = ratio(norms, products);
          return Vectors.output(task, v -> write(v, t));
        });
  }

  private void rows(Tile tile) {
    Vectors v = Vectors.rows(task, tile);
    while (v.next()) {
      Tensor[] deltas = deltas(v);
      double[] norms = new double[deltas.length];
      for (int i = 0; i < norms.length; i++) {
        norms[i] = scalars.round(v.norm(deltas[i]));
      }
      double[] products = new double[pairs()];
      addProducts(v, deltas, products);
      write(v, ratio(norms, products));
    }
  }

  private int pairs() {
    return sources.length * (sources.length - 1) / 2;
  }

  private Tensor[] deltas(Vectors v) {
    Tensor[] deltas = new Tensor[sources.length];
    for (int i = 0; i < deltas.length; i++) {
      deltas[i] = v.input(sources[i], task.base());
    }
    return deltas;
  }

  /** Of each pair of deltas (i, j), j < i, the inner product, whose terms are rounded. */
  private static void addProducts(Vectors v, Tensor[] deltas, double[] products) {
    Tensor product = v.vector();
    int pair = 0;
    for (int i = 0; i < deltas.length; i++) {
      for (int j = 0; j < i; j++) {
        products[pair++] += v.sum(v.multiply(product, deltas[i], deltas[j]));
      }
    }
    v.give(product);
  }

  private double ratio(double[] norms, double[] products) {
    int k = norms.length;
    double[] cosines = new double[products.length];
    int pair = 0;
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < i; j++) {
        double clamped = Math.max(scalars.multiply(norms[i], norms[j]), scalars.round(SMALLEST_PRODUCT));
        cosines[pair] = scalars.cosine(scalars.divide(scalars.round(products[pair]), clamped));
        pair++;
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
