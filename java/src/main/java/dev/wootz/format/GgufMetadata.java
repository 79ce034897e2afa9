package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The keys of a GGUF file with their values. A key that is absent is empty; one of another type than asked for throws a {@link
 * FormatException} that names file, key, what was found and what was expected. Integers are read from every integer type, numbers from
 * every integer and float type.
 */
public final class GgufMetadata {
  private final Path file;
  private final Map<String, GgufValue> values;

  GgufMetadata(Path file, Map<String, GgufValue> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** The file that they are of, for messages. */
  public Path path() {
    return file;
  }

  /** In the order of the file. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** All keys with their values, in the order of the file. */
  public Map<String, GgufValue> values() {
    return values;
  }

  /** The value as {@link GgufValue#value} describes it. Throws {@link FormatException} when there is no such key. */
  public Object value(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      throw new FormatException(Reason.METADATA_MISSING, file, "key " + quote(key) + ": not in this file, which has " + values.size() + " keys");
    }
    return value.value();
  }

  public Optional<String> string(String key) {
    return find(key).map(value -> value.value() instanceof String text ? text : refuse(key, value, "a string"));
  }

  public OptionalLong integer(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!value.type().integer()) {
      refuse(key, value, "an integer");
    }
    long integer = (Long) value.value();
    if (integer < 0 && value.type() == GgufValue.Type.U64) {
      throw beyond(key, Long.toUnsignedString(integer), "less than 2^63");
    }
    return OptionalLong.of(integer);
  }

  public OptionalDouble number(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      return OptionalDouble.empty();
    }
    if (value.value() instanceof Float || value.value() instanceof Double) {
      return OptionalDouble.of(((Number) value.value()).doubleValue());
    }
    if (!value.type().integer()) {
      refuse(key, value, "a number");
    }
    return OptionalDouble.of(integer(key).getAsLong());
  }

  public Optional<Boolean> flag(String key) {
    return find(key).map(value -> value.value() instanceof Boolean flag ? flag : refuse(key, value, "a boolean"));
  }

  public Optional<List<String>> strings(String key) {
    return find(key)
        .map(
            value -> {
              if (value.elements() != GgufValue.Type.STRING) {
                refuse(key, value, "an array of strings");
              }
              return ((List<?>) value.value()).stream().map(String.class::cast).toList();
            });
  }

  public Optional<float[]> floats(String key) {
    return find(key)
        .map(
            value -> {
              if (value.value() instanceof double[] doubles) {
                float[] floats = new float[doubles.length];
                for (int i = 0; i < floats.length; i++) {
                  floats[i] = (float) doubles[i];
                }
                return floats;
              }
              return value.value() instanceof float[] floats ? floats.clone() : refuse(key, value, "an array of f32");
            });
  }

  public Optional<int[]> integers(String key) {
    return find(key)
        .map(
            value -> {
              if (value.value() instanceof long[] longs) {
                return narrow(key, longs);
              }
              return value.value() instanceof int[] ints ? ints.clone() : refuse(key, value, "an array of integers");
            });
  }

  private int[] narrow(String key, long[] longs) {
    int[] ints = new int[longs.length];
    for (int i = 0; i < ints.length; i++) {
      if (longs[i] != (int) longs[i]) {
        throw beyond(key, "element " + i + " = " + longs[i], "a 32-bit integer");
      }
      ints[i] = (int) longs[i];
    }
    return ints;
  }

  private Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  private <T> T refuse(String key, GgufValue found, String expected) {
    throw new FormatException(
        Reason.METADATA_TYPE, file, "key " + quote(key) + ": found a value of type " + found.typeName() + ", expected " + expected);
  }

  private FormatException beyond(String key, String found, String expected) {
    return new FormatException(Reason.METADATA_TYPE, file, "key " + quote(key) + ": found " + found + ", expected " + expected);
  }
}
