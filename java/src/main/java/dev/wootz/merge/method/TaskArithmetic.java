package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import java.util.Collections;

/** base + lambda * sum_i w_i d_i: task vectors added as they are (arXiv 2212.04089). Takes {@code density} and trims nothing. */
public final class TaskArithmetic extends TaskVectorMethod {
  public TaskArithmetic() {
    super("task_arithmetic", false, false, false);
  }

  @Override
  Pass trim(TaskVectors vectors) {
    return vectors.sum(Collections.nCopies(vectors.models().size(), Trim.ALL));
  }
}
