package dev.wootz.model.convert;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Fields of config.json with the types that they must have. */
record ConfigFields(Path file, ObjectNode json) {
  String text(String field) {
    JsonNode node = json.get(field);
    if (node == null || !node.isTextual()) {
      throw wrong(field, node, "a string");
    }
    return node.asText();
  }

  long count(String field) {
    return optionalCount(field).orElseThrow(() -> wrong(field, json.get(field), "a whole number from 1 on"));
  }

  OptionalLong optionalCount(String field) {
    JsonNode node = json.get(field);
    if (node == null || node.isNull()) {
      return OptionalLong.empty();
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < 1) {
      throw wrong(field, node, "a whole number from 1 on");
    }
    return OptionalLong.of(node.asLong());
  }

  OptionalDouble optionalNumber(String field) {
    JsonNode node = json.get(field);
    if (node == null || node.isNull()) {
      return OptionalDouble.empty();
    }
    if (!node.isNumber()) {
      throw wrong(field, node, "a number");
    }
    return OptionalDouble.of(node.asDouble());
  }

  double number(String field) {
    return optionalNumber(field).orElseThrow(() -> wrong(field, null, "a number"));
  }

  boolean flag(String field) {
    JsonNode node = json.get(field);
    return node != null && node.asBoolean();
  }

  /** The rope settings of transformers 5 ({@code rope_parameters}) or 4 ({@code rope_scaling}); empty where there are none. */
  ConfigFields rope() {
    for (String field : new String[] {"rope_parameters", "rope_scaling"}) {
      if (json.get(field) instanceof ObjectNode rope) {
        return new ConfigFields(file, rope);
      }
    }
    return new ConfigFields(file, json.objectNode());
  }

  double ropeTheta() {
    return rope().optionalNumber("rope_theta").orElse(optionalNumber("rope_theta").orElse(10000));
  }

  long headDim() {
    return optionalCount("head_dim").orElse(count("hidden_size") / count("num_attention_heads"));
  }

  FormatException wrong(String field, JsonNode found, String expected) {
    return new FormatException(
        Reason.CONVERSION_UNSUPPORTED,
        file,
        "field " + quote(field) + ": found " + (found == null ? "nothing" : quote(found.toString())) + ", expected " + expected);
  }
}
