package dev.wootz.merge.method;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The parameter {@code weight} of the models of one tensor. */
final class Weights {
  private Weights() {}

  static int[] sources(List<ModelInput> models) {
    return models.stream().mapToInt(ModelInput::source).toArray();
  }

  static double[] of(List<ModelInput> models) {
    return models.stream().mapToDouble(model -> model.parameters().number("weight")).toArray();
  }

  /** With the sum 1. */
  static double[] normalized(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }

  /** Throws {@link MergeException} where the weights cancel, so that there is nothing to normalise. */
  static void checkSum(List<ModelInput> models) {
    double[] weights = of(models);
    double sum = Arrays.stream(weights).sum();
    // Weights such as 0.1, 0.2, -0.3 leave a rounding error instead of 0.
    if (Math.abs(sum) <= 1e-12 * Arrays.stream(weights).map(Math::abs).sum()) {
      String given = models.stream().map(m -> m.label() + " " + m.parameters().number("weight")).collect(Collectors.joining(", "));
      throw new MergeException("the weights sum to zero and cannot be normalised: " + given);
    }
  }

  /** The same, for a method that is called without the check of its plan. */
  static void checkSum(TensorTask task, List<ModelInput> models) {
    try {
      checkSum(models);
    } catch (MergeException e) {
      throw new MergeException(task.name() + ": " + e.getMessage(), e);
    }
  }
}
