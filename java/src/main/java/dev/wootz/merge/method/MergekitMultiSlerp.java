package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;

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
    return Vectors.sums(
        task,
        k,
        (v, sums) -> {
          for (int i = 0; i < k; i++) {
            Tensor x = vector(v, i);
            sums[i] += v.dot(x, x);
          }
        },
        squares -> {
          for (int i = 0; i < k; i++) {
            norms[i] = scalars.norm(squares[i]);
          }
          return mean();
        });
  }

  private Pass mean() {
    return Vectors.sums(
        task,
        1,
        (v, sums) -> {
          Tensor mean = v.weightedSum(directions(v), weights);
          sums[0] += v.dot(mean, mean);
        },
        squares -> {
          meanNorm = scalars.norm(squares[0]);
          if (meanNorm < scalars.round(eps)) {
            if (k > 2) {
              throw MultiSlerp.cancelled(task, meanNorm, eps);
            }
            return Vectors.output(task, this::writeWeightedSum);
          }
          return tangents();
        });
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
    return Vectors.sums(
        task,
        1,
        (v, sums) -> {
          Tensor[] u = directions(v);
          Tensor tangent = tangent(v, u, unitMean(v, u));
          sums[0] += v.dot(tangent, tangent);
        },
        squares -> {
          double r = scalars.add(scalars.norm(squares[0]), eps);
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

  private void writeWeightedSum(Vectors v) {
    Tensor[] vectors = new Tensor[k];
    for (int i = 0; i < k; i++) {
      vectors[i] = vector(v, i);
    }
    store(v, v.weightedSum(vectors, weights));
  }

  private void store(Vectors v, Tensor result) {
    v.store(task.hasBase() ? v.add(result, result, v.input(task.base())) : result);
  }

  /** x_i or its delta. */
  private Tensor vector(Vectors v, int i) {
    return v.input(sources[i], task.base());
  }

  private Tensor[] directions(Vectors v) {
    Tensor[] u = new Tensor[k];
    for (int i = 0; i < k; i++) {
      u[i] = v.divideBy(v.vector(), vector(v, i), scalars.add(norms[i], eps));
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
