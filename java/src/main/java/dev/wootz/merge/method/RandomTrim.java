package dev.wootz.merge.method;

import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.method.TaskVectors.Rescale;

/** What DARE and DELLA have in common. */
final class RandomTrim {
  private RandomTrim() {}

  static Rescale rescale(Parameters parameters, Mode mode) {
    boolean l1 = parameters.has("rescale_mode") ? parameters.text("rescale_mode").equals("l1") : mode == Mode.MERGEKIT;
    return l1 ? Rescale.L1 : Rescale.KEEP_PROBABILITY;
  }

  /** How many models draw in {@link Mode#MERGEKIT}. */
  static long drawing(TensorTask task) {
    return task.others().stream().filter(model -> TaskVectorMethod.density(model) < 1).count();
  }
}
