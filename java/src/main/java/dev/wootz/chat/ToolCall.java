package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A model's wish that a tool be run.
 *
 * @param id that the tool's answer refers to, null where the model gives none
 * @param name of the tool
 * @param arguments by name
 */
public record ToolCall(@Nullable String id, String name, ObjectNode arguments) {

  /** A call without an id. */
  public static ToolCall of(String name, ObjectNode arguments) {
    return new ToolCall(null, name, arguments);
  }

  /** {@code {"type": "function", "function": {"name": ..., "arguments": {...}}}}; arguments are an object, as templates expect them. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (id != null) {
      json.put("id", id);
    }
    json.put("type", "function");
    ObjectNode function = json.putObject("function");
    function.put("name", name);
    function.set("arguments", arguments.deepCopy());
    return json;
  }

  /**
   * Reads a call with or without its {@code function} wrapper; arguments are an object, or its text as OpenAI's interface has it. Throws
   * {@link ChatException}.
   */
  public static ToolCall fromJson(JsonNode json) {
    JsonNode function = json.path("function").isObject() ? json.path("function") : json;
    if (!function.path("name").isTextual()) {
      throw new ChatException("a tool call without a name: " + ChatJson.brief(json));
    }
    JsonNode arguments = function.path("arguments");
    if (arguments.isTextual()) {
      arguments = ChatJson.parse(arguments.textValue(), "the arguments of a tool call");
    }
    if (!arguments.isObject() && !arguments.isNull() && !arguments.isMissingNode()) {
      throw new ChatException("the arguments of a tool call must be an object, found " + ChatJson.brief(arguments));
    }
    ObjectNode object = arguments instanceof ObjectNode given ? given.deepCopy() : JsonNodeFactory.instance.objectNode();
    return new ToolCall(json.path("id").textValue(), function.path("name").textValue(), object);
  }
}
