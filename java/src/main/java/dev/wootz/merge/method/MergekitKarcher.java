package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * The iteration of {@link KarcherMean} on whole vectors, every step rounded to the compute type, norms alone in float32, as mergekit runs
 * it. An iteration takes three passes: inner products with the mean, length of the tangent, length of the new mean. Each computes the mean
 * again from the inputs and the scalars of the iterations before, so that no vector outlives its tile.
 */
final class MergekitKarcher {
  private final TensorTask task;
  private final TorchScalars scalars;
  private final int iterations;
  private final double tolerance;
  private final double[] norms;
  private final List<Step> steps = new ArrayList<>();
  private int[] sources;
  private boolean startsFromFirst;
  private double startNorm;
  private double meanLength;

  /** One iteration: of each vector a theta / sin theta (0: left out) and cos theta; the tangent's length; the new mean's length. */
  private record Step(double[] factors, double[] cosines, double tangent, double mean) {}

  MergekitKarcher(TensorTask task, int[] sources, int iterations, double tolerance) {
    this.task = task;
    this.scalars = new TorchScalars(task);
    this.sources = sources;
    this.iterations = iterations;
    this.tolerance = tolerance;
    this.norms = new double[sources.length];
  }

  Pass start() {
    return new NormPass(task, sources.length, Arithmetic.F32, this::inputs, this::directions);
  }

  private Tensor[] inputs(Vectors v) {
    return Arrays.stream(sources).mapToObj(v::input).toArray(Tensor[]::new);
  }

  private Pass directions(double[] found) {
    int directions = 0;
    int[] kept = new int[sources.length];
    for (int i = 0; i < sources.length; i++) {
      meanLength += found[i] * (1.0 / sources.length);
      if (found[i] > tolerance) {
        kept[directions] = sources[i];
        norms[directions++] = found[i];
      }
    }
    sources = Arrays.copyOf(kept, directions);
    if (directions == 0) {
      return Vectors.output(task, Vectors::storeZeros);
    }
    return norm(
        this::mean,
        norm -> {
          startNorm = norm;
          startsFromFirst = norm < tolerance;
          return iterations == 0 ? output() : products();
        });
  }

  private Pass norm(Function<Vectors, Tensor> vector, DoubleFunction<Pass> next) {
    return new NormPass(task, 1, Arithmetic.F32, v -> new Tensor[] {vector.apply(v)}, norms -> next.apply(norms[0]));
  }

  private Pass products() {
    int k = sources.length;
    return Vectors.sums(
        task,
        k,
        (v, sums) -> {
          Tensor u = iterate(v);
          for (int i = 0; i < k; i++) {
            sums[i] += v.dot(u, direction(v, i));
          }
        },
        sums -> {
          double[] cosines = new double[k];
          double[] factors = new double[k];
          for (int i = 0; i < k; i++) {
            cosines[i] = scalars.cosine(sums[i]);
            double theta = scalars.acos(cosines[i]);
            if (!(theta < tolerance)) {
              factors[i] = scalars.multiply(scalars.divide(theta, scalars.sin(theta)), 1.0 / k);
            }
          }
          return tangent(factors, cosines);
        });
  }

  private Pass tangent(double[] factors, double[] cosines) {
    if (Arrays.stream(factors).allMatch(factor -> factor == 0)) {
      return output();
    }
    return norm(
        v -> tangent(v, iterate(v), factors, cosines),
        norm -> norm < tolerance ? output() : newMean(new Step(factors, cosines, norm, 1)));
  }

  private Pass newMean(Step step) {
    return norm(
        v -> follow(v, iterate(v), step),
        norm -> {
          steps.add(new Step(step.factors, step.cosines, step.tangent, norm > tolerance ? norm : 1));
          return steps.size() == iterations ? output() : products();
        });
  }

  private Pass output() {
    return Vectors.output(
        task,
        v -> {
          Tensor u = iterate(v);
          v.store(v.scale(u, u, meanLength));
        });
  }

  /** The mean direction after the iterations so far. */
  private Tensor iterate(Vectors v) {
    Tensor u = startsFromFirst ? direction(v, 0) : mean(v);
    if (!startsFromFirst) {
      v.divideBy(u, u, startNorm);
    }
    for (Step step : steps) {
      follow(v, u, step);
      v.divideBy(u, u, step.mean);
    }
    return u;
  }

  private Tensor mean(Vectors v) {
    Tensor mean = v.vector();
    for (int i = 0; i < sources.length; i++) {
      Tensor term = direction(v, i);
      v.scale(term, term, 1.0 / sources.length);
      if (i == 0) {
        v.first(mean, term);
      } else {
        v.add(mean, mean, term);
      }
      v.give(term);
    }
    return mean;
  }

  private Tensor direction(Vectors v, int i) {
    return v.divideBy(v.vector(), v.input(sources[i]), norms[i]);
  }

  /** u := cos|T| u + sin|T| T / |T|, not yet normalised. PyTorch rounds cosine and sine to the vectors' type. */
  private Tensor follow(Vectors v, Tensor u, Step step) {
    Tensor tangent = tangent(v, u, step.factors, step.cosines);
    v.divideBy(tangent, tangent, step.tangent);
    v.scale(tangent, tangent, scalars.sin(step.tangent));
    v.scale(u, u, scalars.cos(step.tangent));
    v.give(tangent);
    return v.add(u, u, tangent);
  }

  /** Sum of factor_i (u_i - cos theta_i u). */
  private Tensor tangent(Vectors v, Tensor u, double[] factors, double[] cosines) {
    Tensor sum = v.vector();
    Tensor projection = v.vector();
    boolean first = true;
    for (int i = 0; i < sources.length; i++) {
      if (factors[i] == 0) {
        continue;
      }
      Tensor term = direction(v, i);
      v.scale(projection, u, cosines[i]);
      v.subtract(term, term, projection);
      v.scale(term, term, factors[i]);
      if (first) {
        v.first(sum, term);
      } else {
        v.add(sum, sum, term);
      }
      first = false;
      v.give(term);
    }
    v.give(projection);
    return sum;
  }
}
