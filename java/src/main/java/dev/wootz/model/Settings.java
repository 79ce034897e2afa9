package dev.wootz.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Typed access to the fields of a configuration; what is missing or wrong is an error that names file and field. */
final class Settings {
  private final Path path;
  private final String prefix;
  private final ObjectNode node;

  Settings(Path path, ObjectNode node) {
    this(path, "", node);
  }

  private Settings(Path path, String prefix, ObjectNode node) {
    this.path = path;
    this.prefix = prefix;
    this.node = node;
  }

  /** The field's value, or null where it is absent or null. */
  private @Nullable JsonNode value(String field) {
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  boolean has(String field) {
    return value(field) != null;
  }

  FormatException wrong(String field, String expected) {
    JsonNode value = node.get(field);
    String found = value == null ? "nothing" : FormatException.quote(value.toString());
    return new FormatException(Reason.CONFIG_FIELD, path, "field " + FormatException.quote(prefix + field) + ": found " + found + ", expected " + expected);
  }

  FormatException unsupported(String field, String expected) {
    JsonNode value = node.get(field);
    return new FormatException(Reason.ARCHITECTURE_UNSUPPORTED, path,
        "field " + FormatException.quote(prefix + field) + ": found " + value + ", which is not supported; expected " + expected);
  }

  /** A whole number from 1 on. */
  int count(String field) {
    JsonNode value = value(field);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw wrong(field, "a whole number from 1 on");
    }
    return value.intValue();
  }

  /** A whole number from 0 on. */
  int natural(String field, int otherwise) {
    JsonNode value = value(field);
    if (value == null) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
      throw wrong(field, "a whole number from 0 on");
    }
    return value.intValue();
  }

  /** A whole number from 1 to {@code most}. */
  int countUpTo(String field, int most) {
    int value = count(field);
    if (value > most) {
      throw wrong(field, "a whole number from 1 to " + most);
    }
    return value;
  }

  int count(String field, int otherwise) {
    return has(field) ? count(field) : otherwise;
  }

  double positive(String field) {
    JsonNode value = value(field);
    if (value == null || !value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
      throw wrong(field, "a number above 0");
    }
    return value.doubleValue();
  }

  double positive(String field, double otherwise) {
    return has(field) ? positive(field) : otherwise;
  }

  boolean flag(String field, boolean otherwise) {
    JsonNode value = value(field);
    if (value == null) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw wrong(field, "true or false");
    }
    return value.booleanValue();
  }

  Optional<String> text(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(field, "a string");
    }
    return Optional.of(value.textValue());
  }

  /** One id or a list of ids; empty where absent. */
  List<Integer> ids(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return List.of();
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : value.isArray() ? value : List.of(value)) {
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
        throw wrong(field, "a token id or a list of token ids");
      }
      ids.add(id.intValue());
    }
    return ids;
  }

  Optional<List<String>> texts(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return Optional.empty();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : value) {
      texts.add(text.asText());
    }
    if (!value.isArray()) {
      throw wrong(field, "a list of strings");
    }
    return Optional.of(texts);
  }

  Optional<Settings> object(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ObjectNode object)) {
      throw wrong(field, "an object");
    }
    return Optional.of(new Settings(path, prefix + field + ".", object));
  }
}
