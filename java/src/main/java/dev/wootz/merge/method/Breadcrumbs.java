package dev.wootz.merge.method;

import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.method.TorchCut.Order;
import java.util.ArrayList;
import java.util.List;

/**
 * Model Breadcrumbs (arXiv 2312.06795): of each delta the trunc(density * n) elements that follow when the trunc(gamma * n) of largest
 * magnitude are left out; fewer are left out where there are not enough.
 */
public final class Breadcrumbs extends TaskVectorMethod {
  private Breadcrumbs(String name, boolean consensus) {
    super(
        name, consensus, false, false, Parameter.model("gamma", 0.01).between(0, 1), Parameter.choice("rescale_mode", "l1"));
  }

  public static Breadcrumbs plain() {
    return new Breadcrumbs("breadcrumbs", false);
  }

  /** With sign consensus. */
  public static Breadcrumbs ties() {
    return new Breadcrumbs("breadcrumbs_ties", true);
  }

  @Override
  Pass trim(TaskVectors vectors) {
    List<Trim> trims = new ArrayList<>();
    for (ModelInput model : vectors.models()) {
      trims.add(trim(vectors, model));
    }
    return MagnitudeWindow.select(vectors, trims);
  }

  private static Trim trim(TaskVectors vectors, ModelInput model) {
    double density = density(model);
    if (density >= 1) {
      return Trim.ALL;
    }
    long n = vectors.task().shape().elements();
    long kept = (long) (density * n);
    long top = Math.min((long) (model.parameters().number("gamma") * n), n - kept);
    if (top == 0 && vectors.task().mergekit()) {
      return Trim.NONE; // mergekit takes the slice [bottom, -0)
    }
    return MagnitudeWindow.of(vectors, model, Order.ASCENDING, n - top - kept, n - top);
  }
}
