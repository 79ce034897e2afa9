package dev.wootz.merge.method;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.method.TorchCut.Order;
import java.util.ArrayList;
import java.util.List;

/**
 * TIES (arXiv 2306.01708): of each delta the trunc(density * n) elements of largest magnitude over the whole tensor, sign consensus, mean.
 */
public final class Ties extends TaskVectorMethod {
  public Ties() {
    super("ties", true, true, false, Parameter.choice("rescale_mode", "l1"));
  }

  @Override
  Pass trim(TaskVectors vectors) {
    long n = vectors.task().shape().elements();
    List<Trim> trims = new ArrayList<>();
    for (ModelInput model : vectors.models()) {
      trims.add(MagnitudeWindow.of(vectors, model, Order.DESCENDING, n - kept(vectors, model, n), n));
    }
    return MagnitudeWindow.select(vectors, trims);
  }

  private static long kept(TaskVectors vectors, ModelInput model, long n) {
    double density = density(model);
    if (density >= 1 || n == 0) {
      return n;
    }
    long k = (long) (density * n);
    if (k == 0 && vectors.task().mergekit()) {
      throw new MergeException(
          "density " + density + " of model " + model.label() + " keeps none of the " + n + " elements of " + vectors.task().name()
              + ", which mergekit refuses");
    }
    return k == 0 && density > 0 ? 1 : k;
  }
}
