package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A component of a tokenizer.json, such as {@code {"type": "Split", ...}}, with the place it has in the file for messages.
 *
 * @param where the field, as {@code pre_tokenizer.pretokenizers[0]}
 */
record Component(Path file, String where, JsonNode node) {

  /** Whether the field is absent or null. */
  boolean isAbsent() {
    return node.isMissingNode() || node.isNull();
  }

  String type() {
    if (!node.isObject()) {
      throw wrong(where, "found " + JsonFiles.kind(node) + ", expected an object");
    }
    return text("type");
  }

  Component child(String name) {
    return new Component(file, where + "." + name, node.path(name));
  }

  /** The elements of an array. */
  List<Component> children(String name) {
    JsonNode list = node.path(name);
    if (!list.isArray()) {
      throw wrong(where + "." + name, "found " + JsonFiles.kind(list) + ", expected an array");
    }
    List<Component> children = new ArrayList<>();
    for (JsonNode child : list) {
      children.add(new Component(file, where + "." + name + "[" + children.size() + "]", child));
    }
    return children;
  }

  String text(String name) {
    JsonNode value = node.path(name);
    if (!value.isTextual()) {
      throw wrong(where + "." + name, "found " + JsonFiles.kind(value) + ", expected a string");
    }
    return value.textValue();
  }

  boolean flag(String name, boolean fallback) {
    JsonNode value = node.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw wrong(where + "." + name, "found " + JsonFiles.kind(value) + ", expected true or false");
    }
    return value.booleanValue();
  }

  int count(String name) {
    JsonNode value = node.path(name);
    if (!value.isInt() || value.intValue() < 0) {
      throw wrong(where + "." + name, "found " + JsonFiles.kind(value) + ", expected a number from 0 on");
    }
    return value.intValue();
  }

  FormatException wrong(String field, String problem) {
    return new FormatException(Reason.TOKENIZER_FIELD, file, field + ": " + problem);
  }

  /** The component, or what it asks for, is none that Wootz knows. */
  FormatException unsupported(String field, String found, String supported) {
    String place = field.isEmpty() ? where : where + "." + field;
    return new FormatException(Reason.TOKENIZER_UNSUPPORTED, file, place + ": found " + found + ", supported: " + supported);
  }

  /** As {@link #unsupported(String, String, String)}, for the type. */
  FormatException unsupportedType(String supported) {
    return unsupported("type", FormatException.quote(type()), supported);
  }
}
