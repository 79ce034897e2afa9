package dev.wootz.format.inspect;

import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Kernels.Distance;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of two checkpoints.
 *
 * @param first null when only the second has it
 * @param second null when only the first has it
 * @param distance null unless both have it in one shape and in types that operations compute with
 */
public record TensorDifference(
    String name, Kind kind, @Nullable TensorInfo first, @Nullable TensorInfo second, @Nullable Distance distance) {

  /** In what two tensors differ; the first that applies, from the last to the first constant. */
  public enum Kind {
    NONE,
    /** The same values in another element type. */
    DTYPE,
    VALUES,
    SHAPE,
    ONLY_FIRST,
    ONLY_SECOND
  }

  /** Euclidean: |a - b|. */
  public static double euclidean(Distance distance) {
    return Math.sqrt(distance.differenceSquared());
  }

  /** |a - b| / |a|: 0 for two tensors of zeros, infinite when only the first is zero. */
  public static double relative(Distance distance) {
    return distance.differenceSquared() == 0 ? 0 : Math.sqrt(distance.differenceSquared() / distance.normASquared());
  }

  /** Of the angle between a and b as vectors; NaN when one is zero. */
  public static double cosine(Distance distance) {
    return distance.dot() / (Math.sqrt(distance.normASquared()) * Math.sqrt(distance.normBSquared()));
  }

  static Distance sum(Distance a, Distance b) {
    return new Distance(
        a.count() + b.count(),
        a.different() + b.different(),
        a.dot() + b.dot(),
        a.normASquared() + b.normASquared(),
        a.normBSquared() + b.normBSquared(),
        a.differenceSquared() + b.differenceSquared(),
        Math.max(a.maximumDifference(), b.maximumDifference()));
  }
}
