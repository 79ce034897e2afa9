package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Function;

/**
 * {@link MultiSlerp} as mergekit computes it, tangents and all, every step rounded to the compute type. A pass finds the next scalar of
 * the chain (norms, length of the mean, inner products with the mean, length of the tangent); each computes its vectors again from the
 * inputs and the scalars found so far.
 */
final class MergekitMultiSlerp {
  private final TensorTask task;
  private final TorchScalars scalars;
  private final int[] sources;
  private final int k;
  private final double[] weights;
  private final double eps;
  private final double[] norms;
  private final double[] along;
  private double meanNorm;

  MergekitMultiSlerp(TensorTask task, int[] sources, double[] weights, boolean normalize, double eps) {
    this.task = task;
    this.scalars = new TorchScalars(task);
    this.sources = sources;
    this.k = sources.length;
    this.eps = eps;
    this.norms = new double[k];
    this.along = new double[k];
    double sum = normalize ? scalars.sum(weights) : 1;
    this.weights = Arrays.stream(weights).map(weight -> scalars.divide(scalars.round(weight), sum)).toArray();
  }

  Pass start() {
    return norms(
        k,
        this::vectors,
        found -> {
          System.arraycopy(found, 0, norms, 0, k);
          return norms(1, v -> new Tensor[] {v.weightedSum(directions(v), weights)}, this::mean);
        });
  }

  private Pass norms(int count, Function<Vectors, Tensor[]> vectors, Function<double[], Pass> next) {
    return new NormPass(task, count, scalars.arithmetic(), vectors, found -> next.apply(scalars.round(found)));
  }

  private Pass mean(double[] norm) {
    meanNorm = norm[0];
    if (!(meanNorm < scalars.round(eps))) {
      return tangents();
    }
    if (k > 2) {
      throw MultiSlerp.cancelled(task, meanNorm, eps);
    }
    return Vectors.output(task, v -> store(v, v.weightedSum(vectors(v), weights)));
  }

  private Pass tangents() {
    return Vectors.sums(
        task,
        k,
        (v, sums) -> {
          Tensor[] u = directions(v);
          Tensor mean = unitMean(v, u);
          Tensor product = v.vector();
          for (int i = 0; i < k; i++) {
            sums[i] += v.sum(v.multiply(product, u[i], mean));
          }
        },
        sums -> {
          for (int i = 0; i < k; i++) {
            along[i] = scalars.round(sums[i]);
          }
          return tangentNorm();
        });
  }

  private Pass tangentNorm() {
    return norms(
        1,
        v -> {
          Tensor[] u = directions(v);
          return new Tensor[] {tangent(v, u, unitMean(v, u))};
        },
        norm -> {
          double r = scalars.add(norm[0], eps);
          double cosine = scalars.cos(r);
          double sine = scalars.divide(scalars.sin(r), r);
          double length = length();
          return Vectors.output(task, v -> write(v, cosine, sine, length));
        });
  }

  /** Sum of w_i |v_i|. */
  private double length() {
    double[] terms = new double[k];
    for (int i = 0; i < k; i++) {
      terms[i] = scalars.multiply(weights[i], norms[i]);
    }
    return scalars.sum(terms);
  }

  private void write(Vectors v, double cosine, double sine, double length) {
    Tensor[] u = directions(v);
    Tensor mean = unitMean(v, u);
    Tensor tangent = tangent(v, u, mean);
    v.scale(mean, mean, cosine);
    v.scale(tangent, tangent, sine);
    v.add(mean, mean, tangent);
    store(v, v.scale(mean, mean, length));
  }

  private void store(Vectors v, Tensor result) {
    v.store(task.hasBase() ? v.add(result, result, v.input(task.base())) : result);
  }

  /** The x_i, or their deltas. */
  private Tensor[] vectors(Vectors v) {
    Tensor[] vectors = new Tensor[k];
    for (int i = 0; i < k; i++) {
      vectors[i] = v.input(sources[i], task.base());
    }
    return vectors;
  }

  private Tensor[] directions(Vectors v) {
    Tensor[] u = vectors(v);
    for (int i = 0; i < k; i++) {
      u[i] = v.divideBy(v.vector(), u[i], scalars.add(norms[i], eps));
    }
    return u;
  }

  private Tensor unitMean(Vectors v, Tensor[] u) {
    Tensor mean = v.weightedSum(u, weights);
    return v.divideBy(mean, mean, meanNorm);
  }

  /** The mean of u_i - (u_i . m) m. Overwrites {@code u}. */
  private Tensor tangent(Vectors v, Tensor[] u, Tensor mean) {
    Tensor projection = v.vector();
    for (int i = 0; i < k; i++) {
      v.scale(projection, mean, along[i]);
      v.subtract(u[i], u[i], projection);
    }
    return v.weightedSum(u, weights);
  }
}
