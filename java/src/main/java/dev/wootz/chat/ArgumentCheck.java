package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wootz.chat.Diagnostic.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds a call's arguments against the tool's schema; values of another type that say the same are converted. */
final class ArgumentCheck {
  private final Tool tool;
  private final String source;
  private final List<Diagnostic> diagnostics;
  private final ObjectNode given;
  private final ObjectNode arguments = JsonNodeFactory.instance.objectNode();
  private @Nullable Diagnostic refusal;

  ArgumentCheck(Tool tool, ObjectNode given, String source, List<Diagnostic> diagnostics) {
    this.tool = tool;
    this.given = given;
    this.source = source;
    this.diagnostics = diagnostics;
    check();
  }

  /** Why the arguments do not fit, null when they do. */
  @Nullable Diagnostic refusal() {
    return refusal;
  }

  /** What the tool is to be called with. */
  ObjectNode arguments() {
    return arguments;
  }

  private void check() {
    JsonNode schema = tool.parameters();
    JsonNode properties = schema.path("properties");
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    boolean closed = schema.path("additionalProperties").isBoolean() && !schema.path("additionalProperties").booleanValue();
    for (Map.Entry<String, JsonNode> argument : given.properties()) {
      JsonNode property = properties.path(argument.getKey());
      if (property.isMissingNode()) {
        unknown(argument.getKey(), argument.getValue(), closed);
      } else if (argument.getValue().isNull() && !required.contains(argument.getKey()) && !takesNull(property)) {
        // says the same as leaving it out
        note(Problem.CONVERTED_ARGUMENT, argument.getKey() + " is null and was left out");
      } else {
        arguments.set(argument.getKey(), fitted(argument.getValue(), property, argument.getKey()));
      }
    }
    for (String name : required) {
      if (!arguments.has(name)) {
        refuse(Problem.MISSING_ARGUMENT, "the required argument \"" + name + "\" is missing");
      }
    }
  }

  private static boolean takesNull(JsonNode schema) {
    return types(schema).isEmpty() || types(schema).contains("null");
  }

  private void unknown(String name, JsonNode value, boolean closed) {
    note(Problem.UNKNOWN_ARGUMENT, "there is no argument \"" + name + "\"" + (closed ? ", it was left out" : ""));
    if (!closed) {
      arguments.set(name, value);
    }
  }

  /** The value as the schema wants it; refuses where it does not fit. */
  private JsonNode fitted(JsonNode value, JsonNode schema, String where) {
    List<String> types = types(schema);
    JsonNode fitted = value;
    if (!types.isEmpty() && types.stream().noneMatch(type -> is(value, type))) {
      JsonNode converted = types.stream().map(type -> converted(value, type)).filter(node -> node != null).findFirst().orElse(null);
      if (converted == null) {
        refuse(Problem.WRONG_TYPE, where + " must be of the type " + String.join(" or ", types) + ", found " + ChatJson.brief(value));
        return value;
      }
      note(Problem.CONVERTED_ARGUMENT, where + " was " + ChatJson.brief(value) + ", taken as " + ChatJson.brief(converted));
      fitted = converted;
    }
    return schema.path("enum").isArray() ? chosen(fitted, schema.path("enum"), where) : inner(fitted, schema, where);
  }

  private JsonNode inner(JsonNode value, JsonNode schema, String where) {
    if (value.isArray() && schema.path("items").isObject()) {
      var elements = JsonNodeFactory.instance.arrayNode();
      JsonNode prefix = schema.path("prefixItems");
      for (int i = 0; i < value.size(); i++) {
        elements.add(fitted(value.get(i), i < prefix.size() ? prefix.get(i) : schema.path("items"), where + "[" + i + "]"));
      }
      return elements;
    }
    if (value.isObject() && schema.path("properties").isObject()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        JsonNode property = schema.path("properties").path(field.getKey());
        JsonNode inner = field.getValue();
        object.set(field.getKey(), property.isObject() ? fitted(inner, property, where + "." + field.getKey()) : inner);
      }
      for (JsonNode name : schema.path("required")) {
        if (!object.has(name.asText())) {
          refuse(Problem.MISSING_ARGUMENT, "the required \"" + name.asText() + "\" of " + where + " is missing");
        }
      }
      return object;
    }
    return value;
  }

  private JsonNode chosen(JsonNode value, JsonNode choices, String where) {
    for (JsonNode choice : choices) {
      if (choice.equals(value) || (choice.isNumber() && value.isNumber() && choice.doubleValue() == value.doubleValue())) {
        return choice;
      }
    }
    for (JsonNode choice : choices) {
      if (choice.isTextual() && choice.textValue().equalsIgnoreCase(value.asText())) {
        note(Problem.CONVERTED_ARGUMENT, where + " was " + ChatJson.brief(value) + ", taken as " + choice);
        return choice;
      }
    }
    refuse(Problem.WRONG_TYPE, where + " must be one of " + ChatJson.brief(choices) + ", found " + ChatJson.brief(value));
    return value;
  }

  private static List<String> types(JsonNode schema) {
    JsonNode type = schema.path("type");
    List<String> types = new ArrayList<>();
    if (type.isTextual()) {
      types.add(type.textValue());
    }
    type.forEach(one -> types.add(one.asText()));
    return types;
  }

  private static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      case "null" -> value.isNull();
      // a type that JSON schema does not have, such as Python's "dict", forbids nothing
      default -> true;
    };
  }

  /** A value that says the same in another type, null for none. */
  private static @Nullable JsonNode converted(JsonNode value, String type) {
    return switch (type) {
      case "string" -> value.isNumber() || value.isBoolean() ? TextNode.valueOf(value.asText()) : null;
      case "integer" -> integer(value);
      case "number" -> number(value);
      case "boolean" -> value.isTextual() && value.textValue().strip().matches("(?i)true|false")
          ? BooleanNode.valueOf(value.textValue().strip().equalsIgnoreCase("true"))
          : null;
      case "array", "object" -> nested(value, type);
      default -> null;
    };
  }

  private static @Nullable JsonNode integer(JsonNode value) {
    JsonNode number = value.isNumber() ? value : number(value);
    if (number == null || !number.isNumber()) {
      return null;
    }
    if (number.isIntegralNumber()) {
      return number;
    }
    double real = number.doubleValue();
    return real == Math.rint(real) && Math.abs(real) < 0x1p53 ? JsonNodeFactory.instance.numberNode((long) real) : null;
  }

  private static @Nullable JsonNode number(JsonNode value) {
    if (!value.isTextual() || !value.textValue().strip().matches("[-+]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?")) {
      return null;
    }
    String digits = value.textValue().strip();
    boolean integer = digits.matches("[-+]?[0-9]{1,18}");
    return integer ? JsonNodeFactory.instance.numberNode(Long.parseLong(digits)) : DoubleNode.valueOf(Double.parseDouble(digits));
  }

  private static @Nullable JsonNode nested(JsonNode value, String type) {
    if (value.isTextual()) {
      LenientJson parsed = LenientJson.parse(value.textValue());
      if (parsed != null && is(parsed.value(), type)) {
        return parsed.value();
      }
    }
    boolean single = type.equals("array") && value.isValueNode() && !value.isNull();
    return single ? JsonNodeFactory.instance.arrayNode().add(value) : null;
  }

  private void note(Problem problem, String message) {
    diagnostics.add(new Diagnostic(problem, tool.name() + ": " + message, source, null));
  }

  private void refuse(Problem problem, String message) {
    if (refusal == null) {
      refusal = new Diagnostic(problem, tool.name() + ": " + message, source, ToolCall.of(tool.name(), given));
    }
  }
}
