package dev.wootz.merge.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.IntPredicate;

/** How closely a merge must agree with the one it repeats. */
@FunctionalInterface
public interface Agreement {
  /** Throws {@link AssertionError} when it does not. */
  void check(List<Comparison> comparisons);

  /** Every bit. */
  Agreement EXACT =
      comparisons -> {
        for (Comparison c : comparisons) {
          sameTypes(c);
          for (int i = 0; i < c.expected().length; i++) {
            if (!c.same(i)) {
              throw new AssertionError(c.describe(i) + ", one of " + c.differences() + " differences");
            }
          }
        }
      };

  /** Largest absolute difference, for norm weights (around 1) and for the other tensors. */
  static Agreement within(double norms, double others) {
    return comparisons -> {
      for (Comparison c : comparisons) {
        sameTypes(c);
        double bound = c.tensor().contains("norm") ? norms : others;
        for (int i = 0; i < c.expected().length; i++) {
          if (!c.same(i)) {
            assertThat(Math.abs((double) c.expected()[i] - c.actual()[i])).as("%s", c.describe(i)).isLessThanOrEqualTo(bound);
          }
        }
      }
    };
  }

  /** What float32 runs of mergekit differ among themselves where long sums are involved: 5e-7 on norm weights, 1e-7 elsewhere. */
  Agreement LONG_SUMS = within(5e-7, 1e-7);

  /** Every bit, but for at most {@code fraction} of all elements, for which {@code excuse} must hold. */
  static Agreement exactBut(double fraction, Excuse excuse) {
    return comparisons -> {
      long elements = 0;
      long differences = 0;
      for (Comparison c : comparisons) {
        sameTypes(c);
        IntPredicate excused = excuse.in(c);
        for (int i = 0; i < c.expected().length; i++) {
          elements++;
          if (!c.same(i)) {
            differences++;
            assertThat(excused.test(i)).as("%s for a reason", c.describe(i)).isTrue();
          }
        }
      }
      assertThat(differences).as("differences in %d elements", elements).isLessThanOrEqualTo((long) (fraction * elements));
    };
  }

  /** A reason for which an element may differ. */
  @FunctionalInterface
  interface Excuse {
    /** The elements of a tensor for which it holds. */
    IntPredicate in(Comparison comparison);
  }

  private static void sameTypes(Comparison c) {
    assertThat(c.actualType()).as("dtype of %s", c.tensor()).isEqualTo(c.expectedType());
  }
}
