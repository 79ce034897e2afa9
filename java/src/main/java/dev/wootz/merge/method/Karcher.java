package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import java.util.Arrays;
import java.util.List;

/**
 * The Karcher mean (Riemannian centre of mass) of the models' directions on the sphere, with the mean of their lengths. All models count
 * alike; there are no weights. {@link KarcherMean} has the iteration.
 */
public final class Karcher implements MergeMethod {
  @Override
  public String name() {
    return "karcher";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.global("max_iter", 10.0).between(0, Integer.MAX_VALUE),
        Parameter.global("tol", 1e-5).between(0, Double.POSITIVE_INFINITY));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.MEMBER;
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
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    int iterations = (int) task.parameters().number("max_iter");
    double tolerance = task.parameters().number("tol");
    int[] sources = sources(task);
    if (task.mergekit()) {
      return new MergekitKarcher(task, sources, iterations, tolerance).start();
    }
    return SumPass.gram(
        task,
        sources,
        -1,
        gram -> {
          double[] weights = KarcherMean.weights(gram, iterations, tolerance);
          return Pass.output(
              tile -> task.kernels().mergeLinear(tile.output(), SumPass.inputs(tile, sources), null, weights, 1, task.arithmetic()));
        });
  }

  /** mergekit lets a base join that the recipe does not list. */
  private static int[] sources(TensorTask task) {
    int[] listed = Weights.sources(task.models());
    if (!task.mergekit() || !task.hasBase() || Arrays.stream(listed).anyMatch(source -> source == task.base())) {
      return listed;
    }
    int[] joined = Arrays.copyOf(listed, listed.length + 1);
    joined[listed.length] = task.base();
    return joined;
  }
}
