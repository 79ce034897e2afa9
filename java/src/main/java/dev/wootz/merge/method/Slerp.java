package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import java.util.List;

/**
 * Spherical linear interpolation from the base (t = 0) to one other model (t = 1): {@link SlerpWeights} at the angle between the two
 * tensors, applied to the tensors as they are. Where |cos theta| exceeds 0.9995 the interpolation is linear.
 */
public final class Slerp implements MergeMethod {
  /** |cos theta| above which a straight line is as good, or, for opposite tensors, an arc as arbitrary. */
  static final double NEARLY_PARALLEL = 0.9995;

  /** Tensors shorter than this are not divided by their length. */
  static final double SHORTEST = 1e-8;

  @Override
  public String name() {
    return "slerp";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.global("t", null));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.REQUIRED;
  }

  @Override
  public int minModels() {
    return 1;
  }

  @Override
  public int maxModels() {
    return 1;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    int[] sources = {task.base(), task.others().get(0).source()};
    double t = task.parameters().number("t");
    if (task.mergekit()) {
      return new NumpySlerp(task, sources, t).start();
    }
    return SumPass.gram(
        task,
        sources,
        -1,
        gram -> {
          double[] weights = weights(task, cosine(gram), t).toArray();
          return Pass.output(
              tile -> task.kernels().mergeLinear(tile.output(), SumPass.inputs(tile, sources), null, weights, 1, task.arithmetic()));
        });
  }

  private static double cosine(Gram gram) {
    double[] lengths = {gram.norm(0), gram.norm(1)};
    for (int i = 0; i < 2; i++) {
      lengths[i] = lengths[i] > SHORTEST ? lengths[i] : 1;
    }
    return gram.scaled(lengths).dot(0, 1);
  }

  private static SlerpWeights weights(TensorTask task, double cosine, double t) {
    warnIfOpposite(task, cosine);
    return Math.abs(cosine) > NEARLY_PARALLEL ? SlerpWeights.linear(t) : SlerpWeights.arc(cosine, t);
  }

  static void warnIfOpposite(TensorTask task, double cosine) {
    if (cosine < -NEARLY_PARALLEL) {
      task.warn()
          .accept("the two tensors point in opposite directions (cosine " + (float) cosine + "); slerp between them nearly cancels");
    }
  }
}
