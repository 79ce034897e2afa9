package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import java.util.Arrays;
import java.util.List;

/**
 * Model Stock (arXiv 2403.19522): t mean(x) + (1 - t) base with t = N c / (1 + (N - 1) c), where c is the mean cosine between the N
 * models' deltas. With {@code filter_wise} each row (last dimension) has a t of its own.
 */
public final class ModelStock implements MergeMethod {
  /** Denominators below this (cosines near -1/(N - 1): deltas that cancel) leave the base as it is. */
  private static final double SMALLEST_DENOMINATOR = 1e-6;

  @Override
  public String name() {
    return "model_stock";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Parameter.flag("filter_wise", false));
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.REQUIRED;
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
    return byRows(task) ? Tiling.ROWS : Tiling.ELEMENTS;
  }

  private static boolean byRows(TensorTask task) {
    return task.parameters().flag("filter_wise") && task.shape().rank() > 1;
  }

  @Override
  public Pass start(TensorTask task) {
    int[] sources = Weights.sources(task.others());
    if (task.mergekit()) {
      return new MergekitModelStock(task, sources).start(byRows(task));
    }
    if (byRows(task)) {
      return Pass.output(tile -> mergeRows(task, sources, tile));
    }
    return SumPass.gram(
        task,
        sources,
        task.base(),
        gram -> {
          double[] weights = new double[sources.length];
          Arrays.fill(weights, ratio(gram) / sources.length);
          return Pass.output(
              tile ->
                  task.kernels()
                      .mergeLinear(
                          tile.output(), SumPass.inputs(tile, sources), tile.input(task.base()), weights, 1, task.arithmetic()));
        });
  }

  private static void mergeRows(TensorTask task, int[] sources, Tile tile) {
    int k = sources.length;
    int rows = Math.toIntExact(tile.rows());
    double[] grams = new double[Math.multiplyExact(rows, k * k)];
    task.kernels().mergeGramRows(grams, SumPass.inputs(tile, sources), tile.input(task.base()));
    double[] weights = new double[rows * k];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(weights, row * k, (row + 1) * k, ratio(new Gram(grams, row * k * k, k)) / k);
    }
    task.kernels().mergeLinearRows(tile.output(), SumPass.inputs(tile, sources), tile.input(task.base()), weights, task.arithmetic());
  }

  /** How far to go from the base to the mean of the models. */
  static double ratio(Gram deltas) {
    int n = deltas.models();
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        sum += deltas.cosine(i, j);
      }
    }
    double mean = sum / (n * (n - 1) / 2.0);
    double denominator = 1 + (n - 1) * mean;
    return denominator < SMALLEST_DENOMINATOR ? 0 : n * mean / denominator;
  }
}
