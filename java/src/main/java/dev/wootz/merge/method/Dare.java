package dev.wootz.merge.method;

import dev.wootz.kernel.GtaModel;
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
import java.util.ArrayList;
import java.util.List;

/**
 * DARE (arXiv 2311.03099): each element of a delta is kept with probability {@code density} and then divided by it, so that the delta's
 * expectation stays. {@code rescale_mode: l1} instead restores the delta's sum of magnitudes, as mergekit does.
 */
public final class Dare extends TaskVectorMethod {
  private Dare(String name, boolean consensus) {
    super(name, consensus, false, true, Parameter.choice("rescale_mode", "keep_prob", "l1"));
  }

  public static Dare linear() {
    return new Dare("dare_linear", false);
  }

  /** With sign consensus. */
  public static Dare ties() {
    return new Dare("dare_ties", true);
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
  public long draws(TensorTask task) {
    return RandomTrim.drawing(task) * task.shape().elements();
  }

  @Override
  Pass trim(TaskVectors vectors) {
    TensorTask task = vectors.task();
    List<Trim> trims = new ArrayList<>();
    long draw = 0;
    for (ModelInput model : vectors.models()) {
      double density = density(model);
      if (density >= 1) {
        trims.add(Trim.ALL);
      } else if (task.mergekit()) {
        trims.add(masked(vectors, density, draw));
        draw += task.shape().elements();
      } else {
        trims.add(density == 0 ? Trim.NONE : random(vectors, model, density));
      }
    }
    return vectors.sum(trims);
  }

  private static Trim random(TaskVectors vectors, ModelInput model, double density) {
    long key = vectors.kernels().philoxKey(vectors.task().seed(), vectors.task().name(), model.model());
    return (tile, x, weight, rescale) -> GtaModel.keepRandom(x, weight, rescale, vectors.dividesByProbability(), key, density);
  }

  /** @param draw the model's first draw among those of the tensor */
  private static Trim masked(TaskVectors vectors, double density, long draw) {
    float probability = (float) vectors.kernels().round(density, vectors.trimming());
    return (tile, x, weight, rescale) -> GtaModel.keepMask(x, weight, rescale, mask(vectors, tile, probability, draw));
  }

  private static Tensor mask(TaskVectors vectors, Tile tile, float probability, long draw) {
    Tensor p = tile.scratch(DType.F32, 1);
    p.buffer().putFloat(probability);
    Tensor mask = tile.scratch(DType.U8, tile.elements());
    vectors.task().draws().keep(mask, p, draw + tile.first());
    return mask;
  }
}
