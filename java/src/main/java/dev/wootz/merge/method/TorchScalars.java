package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.DType;
import java.util.Arrays;

/**
 * PyTorch's arithmetic on tensors of one element: a step is computed in float32 and rounded to the tensors' type. Arguments are values of
 * that type, but for those called {@code number}, which are Python's.
 */
record TorchScalars(Kernels kernels, Arithmetic arithmetic) {

  TorchScalars(TensorTask task) {
    this(task.kernels(), promoted(task));
  }

  /** What PyTorch computes with on the task's sources together: where their dtypes differ, the widest of them, at least float32. */
  static Arithmetic promoted(TensorTask task) {
    boolean mixed = task.sourceTypes().stream().distinct().count() > 1;
    if (!mixed) {
      return task.arithmetic();
    }
    return task.sourceTypes().contains(DType.F64) ? Arithmetic.F64 : Arithmetic.F32;
  }

  double round(double value) {
    return kernels.round((float) value, arithmetic);
  }

  double[] round(double[] values) {
    return Arrays.stream(values).map(this::round).toArray();
  }

  /** The values are rounded, their sum runs in float32 and is rounded once. */
  double sum(double... values) {
    float sum = 0;
    for (double value : values) {
      sum += (float) round(value);
    }
    return round(sum);
  }

  double mean(double... values) {
    float sum = 0;
    for (double value : values) {
      sum += (float) value;
    }
    return round(sum / values.length);
  }

  /** A number is rounded before it is added to a tensor, but not before a tensor is multiplied or divided by it. */
  double add(double a, double number) {
    return round((float) a + (float) round(number));
  }

  double multiply(double a, double b) {
    return round((float) a * (float) b);
  }

  double divide(double a, double b) {
    return round((float) a / (float) b);
  }

  /** Clamped to [-1, 1]; NaN stays NaN. */
  double cosine(double value) {
    return Gram.clamp(round(value));
  }

  double acos(double cosine) {
    return round(Math.acos(cosine));
  }

  double sin(double angle) {
    return round(Math.sin(angle));
  }

  double cos(double angle) {
    return round(Math.cos(angle));
  }
}
