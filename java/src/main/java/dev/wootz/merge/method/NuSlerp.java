package dev.wootz.merge.method;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Spherical linear interpolation of two models, or with a base of their deltas, at t = w_2 / (w_1 + w_2): {@link SlerpWeights} at the
 * angle between whole tensors, between rows (last dimension) or between columns (first dimension).
 */
public final class NuSlerp implements MergeMethod {
  /** Lengths are taken to be at least this when the angle is measured. */
  static final double SHORTEST = 1e-7;

  /** |sin theta| below which there is no arc to follow: parallel or opposite vectors. */
  private static final double SMALLEST_SINE = 1e-6;

  /** Between what the angle is measured. A scalar or 1-D tensor is one row and one column. */
  enum Axis {
    TENSOR,
    ROW,
    COLUMN;

    static Axis of(TensorTask task) {
      if (task.shape().rank() <= 1) {
        return TENSOR;
      }
      Parameters parameters = task.parameters();
      if (parameters.has("nuslerp_axis")) {
        return valueOf(parameters.text("nuslerp_axis").toUpperCase(Locale.ROOT));
      }
      if (parameters.flag("nuslerp_flatten")) {
        return TENSOR;
      }
      return parameters.flag("nuslerp_row_wise") ? COLUMN : ROW;
    }
  }

  @Override
  public String name() {
    return "nuslerp";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.model("weight", null),
        Parameter.choice("nuslerp_axis", "tensor", "row", "column"),
        Parameter.flag("nuslerp_flatten", true),
        Parameter.flag("nuslerp_row_wise", false));
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
    return 2;
  }

  @Override
  public void check(Parameters parameters, List<ModelInput> models, Mode mode) {
    if (mode == Mode.WOOTZ && parameters.flag("nuslerp_row_wise")) {
      throw new MergeException(
          "nuslerp_row_wise works on columns in mergekit: write `nuslerp_axis: row` or `nuslerp_axis: column` for what is meant, or"
              + " `compat: mergekit` for what mergekit does");
    }
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Axis.of(task) == Axis.TENSOR ? Tiling.ELEMENTS : Tiling.ROWS;
  }

  @Override
  public Pass start(TensorTask task) {
    check(task.parameters(), task.models(), task.mode());
    Axis axis = Axis.of(task);
    if (axis == Axis.COLUMN && task.shape().rank() > 2) {
      throw new MergeException(task.name() + ": columns are those of a matrix, found a tensor of shape " + task.shape());
    }
    int[] sources = Weights.sources(task.others());
    double t = t(Weights.of(task.others()));
    if (task.mergekit()) {
      return new MergekitNuSlerp(task, sources, t).start(axis);
    }
    return switch (axis) {
      case TENSOR -> SumPass.gram(task, sources, task.base(), gram -> flat(task, sources, weights(gram, t)));
      case ROW -> Pass.output(tile -> rows(task, sources, t, tile));
      case COLUMN -> columns(task, sources, t);
    };
  }

  static double t(double[] weights) {
    double sum = weights[0] + weights[1];
    return Math.abs(sum) < 1e-6 ? 0.5 : weights[1] / sum;
  }

  private static SlerpWeights weights(Gram gram, double t) {
    double[] lengths = {Math.max(gram.norm(0), SHORTEST), Math.max(gram.norm(1), SHORTEST)};
    double cosine = Gram.clamp(gram.scaled(lengths).dot(0, 1));
    double sine = Math.sqrt((1 - cosine) * (1 + cosine));
    return sine < SMALLEST_SINE ? SlerpWeights.linear(t) : SlerpWeights.arc(cosine, t);
  }

  private static Pass flat(TensorTask task, int[] sources, SlerpWeights weights) {
    double[] w = weights.toArray();
    return Pass.output(
        tile -> task.kernels().mergeLinear(tile.output(), SumPass.inputs(tile, sources), base(task, tile), w, 1, task.arithmetic()));
  }

  private static void rows(TensorTask task, int[] sources, double t, Tile tile) {
    int rows = Math.toIntExact(tile.rows());
    List<Tensor> inputs = SumPass.inputs(tile, sources);
    double[] grams = new double[4 * rows];
    task.kernels().mergeGramRows(grams, inputs, base(task, tile));
    double[] weights = new double[2 * rows];
    for (int row = 0; row < rows; row++) {
      SlerpWeights w = weights(new Gram(grams, 4 * row, 2), t);
      weights[2 * row] = w.first();
      weights[2 * row + 1] = w.second();
    }
    task.kernels().mergeLinearRows(tile.output(), inputs, base(task, tile), weights, task.arithmetic());
  }

  private static Pass columns(TensorTask task, int[] sources, double t) {
    int cols = Math.toIntExact(task.shape().cols());
    return new SumPass(
        4 * cols,
        (tile, sums) -> task.kernels().mergeGramColumns(sums, SumPass.inputs(tile, sources), base(task, tile)),
        sums -> {
          double[] weights = columnWeights(sums, cols, t);
          return Pass.output(
              tile ->
                  task.kernels()
                      .mergeLinearColumns(
                          tile.output(), SumPass.inputs(tile, sources), base(task, tile), weights, task.arithmetic()));
        });
  }

  /** @param sums [2, 2, cols] */
  private static double[] columnWeights(double[] sums, int cols, double t) {
    double[] weights = new double[2 * cols];
    double[] gram = new double[4];
    for (int col = 0; col < cols; col++) {
      for (int i = 0; i < 4; i++) {
        gram[i] = sums[i * cols + col];
      }
      SlerpWeights w = weights(new Gram(gram, 2), t);
      weights[col] = w.first();
      weights[cols + col] = w.second();
    }
    return weights;
  }

  private static @Nullable Tensor base(TensorTask task, Tile tile) {
    return task.hasBase() ? tile.input(task.base()) : null;
  }
}
