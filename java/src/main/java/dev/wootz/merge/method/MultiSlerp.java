package dev.wootz.merge.method;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import java.util.List;

/**
 * Spherical interpolation of any number of models, or with a base of their deltas v_i: with u_i = v_i / (|v_i| + eps) and the mean
 * direction m = sum w_i u_i / |sum w_i u_i|, the weighted mean T of the u_i's tangents at m is followed from m on the sphere, and the
 * result has the length sum w_i |v_i|:
 *
 * <pre>
 * (m cos r + T sin r / r) sum w_i |v_i|,  T = sum w_i (u_i - (u_i . m) m),  r = |T| + eps
 * </pre>
 *
 * <p>Since m is parallel to sum w_i u_i, T vanishes: what is left is m cos(eps) sum w_i |v_i|, a linear combination of the v_i, and that
 * is what the default mode computes. mergekit follows the rounding errors of T.
 */
public final class MultiSlerp implements MergeMethod {
  @Override
  public String name() {
    return "multislerp";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.model("weight", null),
        Parameter.flag("normalize_weights", true),
        Parameter.global("eps", 1e-8).between(0, Double.POSITIVE_INFINITY));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.OPTIONAL;
  }

  @Override
  public int minModels() {
    return 2;
  }

  @Override
  public int maxModels() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void check(Parameters parameters, List<ModelInput> models, Mode mode) {
    if (parameters.flag("normalize_weights")) {
      Weights.checkSum(models);
    }
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    boolean normalize = task.parameters().flag("normalize_weights");
    if (normalize) {
      Weights.checkSum(task, task.others());
    }
    int[] sources = Weights.sources(task.others());
    double[] given = Weights.of(task.others());
    double eps = task.parameters().number("eps");
    if (task.mergekit()) {
      return new MergekitMultiSlerp(task, sources, given, normalize, eps).start();
    }
    return SumPass.gram(
        task,
        sources,
        task.base(),
        gram -> {
          double[] weights = weights(task, gram, normalize ? Weights.normalized(given) : given, eps);
          return Pass.output(
              tile ->
                  task.kernels()
                      .mergeLinear(
                          tile.output(),
                          SumPass.inputs(tile, sources),
                          task.hasBase() ? tile.input(task.base()) : null,
                          weights,
                          1,
                          task.arithmetic()));
        });
  }

  /** Weights of the v_i in the result. */
  private static double[] weights(TensorTask task, Gram gram, double[] w, double eps) {
    int k = w.length;
    double[] direction = new double[k];
    double length = 0;
    boolean zeros = true;
    for (int i = 0; i < k; i++) {
      double norm = gram.norm(i);
      zeros &= norm == 0;
      direction[i] = norm == 0 ? 0 : w[i] / (norm + eps);
      length += w[i] * norm;
    }
    double norm = gram.norm(direction);
    if (norm < eps || norm == 0) {
      if (k > 2 && !zeros) {
        throw cancelled(task, norm, eps);
      }
      return w;
    }
    double scale = Math.cos(eps) * length / norm;
    double[] weights = new double[k];
    for (int i = 0; i < k; i++) {
      weights[i] = direction[i] * scale;
    }
    return weights;
  }

  static MergeException cancelled(TensorTask task, double norm, double eps) {
    return new MergeException(
        "%s: the weighted directions of the %d models cancel (their sum has length %.3g, eps is %s): multislerp finds no mean direction"
            .formatted(task.name(), task.others().size(), norm, eps));
  }
}
