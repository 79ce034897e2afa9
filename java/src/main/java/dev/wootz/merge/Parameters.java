package dev.wootz.merge;

import java.util.Map;
import java.util.TreeMap;

/** Resolved parameter values of one tensor, or of one model at one tensor: plain numbers, flags and words, defaults filled in. Immutable. */
public final class Parameters {
  public static final Parameters NONE = new Parameters(Map.of());

  private final Map<String, Object> values;

  /** @param values {@link Double}, {@link Boolean} or {@link String} */
  public Parameters(Map<String, Object> values) {
    this.values = new TreeMap<>(values);
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  public double number(String name) {
    return (Double) value(name);
  }

  public boolean flag(String name) {
    return (Boolean) value(name);
  }

  public String text(String name) {
    return (String) value(name);
  }

  private Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("no value for " + name + " in " + values);
    }
    return value;
  }

  /** By name, for print-outs. */
  public Map<String, Object> toMap() {
    return Map.copyOf(values);
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
