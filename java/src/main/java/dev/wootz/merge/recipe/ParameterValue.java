package dev.wootz.merge.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe gives for one parameter: rules, of which the first that fits a tensor's name decides. A plain value is one rule that
 * fits every tensor.
 */
public record ParameterValue(List<Rule> rules) {

  public ParameterValue {
    rules = List.copyOf(rules);
  }

  /**
   * @param filter fits names that contain it; null and {@code *} fit every name
   * @param steps one value, or a gradient over the layers: all {@link Double}, all {@link Boolean} or all {@link String}
   */
  public record Rule(@Nullable String filter, List<Object> steps, Position position) {
    public Rule {
      steps = List.copyOf(steps);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("a rule without a value");
      }
    }

    boolean fits(String tensor) {
      return filter == null || filter.equals("*") || tensor.contains(filter);
    }

    /** The value at {@code t} in [0, 1]: numbers are interpolated linearly between the steps, others stand until the next step. */
    public Object at(double t) {
      double s = t * (steps.size() - 1);
      int i = (int) Math.floor(s);
      if (steps.get(i) instanceof Double low) {
        double f = s - i;
        double high = (Double) steps.get(Math.min(i + 1, steps.size() - 1));
        return (1 - f) * low + f * high;
      }
      return steps.get(i);
    }
  }

  public static ParameterValue of(Object value) {
    return new ParameterValue(List.of(new Rule(null, List.of(value), Position.NONE)));
  }

  /** The value for a tensor, empty when no rule fits its name. */
  public Optional<Object> at(String tensor, double t) {
    for (Rule rule : rules) {
      if (rule.fits(tensor)) {
        return Optional.of(rule.at(t));
      }
    }
    return Optional.empty();
  }

  /** This value where a rule of it fits, else the other. */
  public ParameterValue orElse(ParameterValue other) {
    List<Rule> all = new ArrayList<>(rules);
    all.addAll(other.rules);
    return new ParameterValue(all);
  }
}
