package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.merge.method.TaskVectors.Rescale;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * DELLA (arXiv 2406.11617). Within each row of n elements the one of rank k (1: smallest magnitude of the delta) is kept with probability
 *
 * <pre>
 * (density - epsilon) + 2 epsilon (k - 1) / (n - 1)
 * </pre>
 *
 * and then divided by it. {@code epsilon} is half the width of the paper's window of probabilities. {@code rescale_mode: l1} instead
 * restores the delta's sum of magnitudes, as mergekit does.
 */
public final class Della extends TaskVectorMethod {
  private static final double DEFAULT_EPSILON = 0.15;

  private Della(String name, boolean consensus, boolean normalize) {
    super(
        name,
        consensus,
        normalize,
        true,
        new Parameter("epsilon", Parameter.Scope.MODEL, Parameter.Kind.NUMBER, Parameter.OPTIONAL).between(0, 1),
        Parameter.choice("rescale_mode", "keep_prob", "l1"));
  }

  /** With sign consensus and mean. */
  public static Della plain() {
    return new Della("della", true, true);
  }

  public static Della linear() {
    return new Della("della_linear", false, false);
  }

  @Override
  boolean random() {
    return true;
  }

  @Override
  Rescale rescale(Parameters parameters, Mode mode) {
    return RandomTrim.rescale(parameters, mode);
  }

  @Override
  void check(ModelInput model, Mode mode) {
    double density = density(model);
    double epsilon = epsilon(model, mode);
    boolean chosen = model.parameters().has("epsilon") || mode == Mode.MERGEKIT;
    if (chosen && density > 0 && density < 1 && (density - epsilon <= 0 || density + epsilon >= 1)) {
      throw new MergeException(
          "epsilon %s of model %s reaches beyond probabilities: with density %s it must be below %s"
              .formatted(epsilon, model.label(), density, (float) Math.min(density, 1 - density)));
    }
  }

  /** One that was not given is as large as the density allows; mergekit does not adapt it. */
  private static double epsilon(ModelInput model, Mode mode) {
    if (model.parameters().has("epsilon")) {
      return model.parameters().number("epsilon");
    }
    double density = density(model);
    return mode == Mode.MERGEKIT ? DEFAULT_EPSILON : Math.min(DEFAULT_EPSILON, Math.min(density, 1 - density));
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return task.others().stream().anyMatch(Della::ranked) ? Tiling.ROWS : Tiling.ELEMENTS;
  }

  private static boolean ranked(ModelInput model) {
    return density(model) > 0 && density(model) < 1;
  }

  @Override
  public long draws(TensorTask task) {
    return task.others().stream().filter(Della::ranked).count() * task.shape().elements();
  }

  @Override
  Pass trim(TaskVectors vectors) {
    TensorTask task = vectors.task();
    List<Trim> trims = new ArrayList<>();
    long draw = 0;
    for (ModelInput model : vectors.models()) {
      double density = density(model);
      double epsilon = epsilon(model, task.mode());
      if (!ranked(model)) {
        trims.add(density <= 0 ? Trim.NONE : Trim.ALL);
      } else if (task.mergekit()) {
        trims.add(masked(vectors, model, density, epsilon, draw));
        draw += task.shape().elements();
      } else {
        trims.add(ranked(vectors, model, density, epsilon));
      }
    }
    return vectors.sum(trims);
  }

  private static Trim ranked(TaskVectors vectors, ModelInput model, double density, double epsilon) {
    long key = vectors.kernels().philoxKey(vectors.task().seed(), vectors.task().name(), model.model());
    return (tile, x, weight, rescale) ->
        GtaModel.keepRanked(x, weight, rescale, vectors.dividesByProbability(), key, density, epsilon);
  }

  /** @param draw the model's first draw among those of the tensor */
  private static Trim masked(TaskVectors vectors, ModelInput model, double density, double epsilon, long draw) {
    if (vectors.task().shape().cols() == 1) {
      throw new MergeException(
          "della cannot rank rows of one element as mergekit does, found in " + vectors.task().name() + " " + vectors.task().shape());
    }
    return (tile, x, weight, rescale) -> {
      Tensor mask = tile.scratch(DType.U8, tile.elements());
      vectors.task().draws().keep(mask, probabilities(vectors, tile, model, density, epsilon), draw + tile.first());
      return GtaModel.keepMask(x, weight, rescale, mask);
    };
  }

  /**
   * mergekit's keep probabilities, one per element: ranks, their range and each step rounded to the delta's type (float32 for float16),
   * so that bfloat16 ranks beyond 256 lose their last bits.
   */
  private static Tensor probabilities(TaskVectors vectors, Tile tile, ModelInput model, double density, double epsilon) {
    Kernels kernels = vectors.kernels();
    Arithmetic arithmetic = vectors.trimming();
    Tensor p = ranks(vectors, tile, model);
    kernels.vectorScale(p, p, 1, arithmetic);
    kernels.vectorDivideBy(p, p, kernels.round(tile.cols() - 1.0, arithmetic), arithmetic);
    kernels.vectorScale(p, p, 2, arithmetic);
    kernels.vectorScale(p, p, epsilon, arithmetic);
    kernels.vectorAddScalar(p, p, density - epsilon, arithmetic);
    return p;
  }

  /** f32, from 0 for the smallest magnitude of a row. */
  private static Tensor ranks(TaskVectors vectors, Tile tile, ModelInput model) {
    Tensor magnitudes = tile.scratch(DType.I32, tile.elements());
    vectors.magnitudes(model).keys(magnitudes, tile, 0);
    int[] keys = new int[Math.toIntExact(tile.elements())];
    magnitudes.buffer().asIntBuffer().get(keys);
    int[] ofRow = new int[Math.toIntExact(tile.cols())];
    Tensor ranks = tile.scratch(DType.F32, tile.elements());
    FloatBuffer out = ranks.buffer().asFloatBuffer();
    for (int first = 0; first < keys.length; first += ofRow.length) {
      IntroSort.ranks(keys, first, ofRow);
      for (int rank : ofRow) {
        out.put(rank);
      }
    }
    return ranks;
  }
}
