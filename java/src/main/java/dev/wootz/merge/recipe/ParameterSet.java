package dev.wootz.merge.recipe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code parameters} of one place in a recipe, by name, in the order of the text. Immutable. */
public record ParameterSet(Map<String, ParameterValue> values) {
  public static final ParameterSet NONE = new ParameterSet(Map.of());

  public ParameterSet {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  public @Nullable ParameterValue get(String name) {
    return values.get(name);
  }

  /** What stands here comes first, what stands outside decides where nothing here fits. */
  public ParameterSet within(ParameterSet outer) {
    Map<String, ParameterValue> joined = new LinkedHashMap<>(values);
    outer.values.forEach((name, value) -> joined.merge(name, value, ParameterValue::orElse));
    return new ParameterSet(joined);
  }
}
