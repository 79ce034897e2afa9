package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A function that a model may call.
 *
 * @param description for the model, may be empty
 * @param parameters a JSON schema of the type {@code object}
 */
public record Tool(String name, String description, ObjectNode parameters) {
  private static final Pattern WORD_START = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

  /**
   * A tool whose arguments are a record's components, for example
   *
   * <pre>{@code
   * @Description("The weather of a day.")
   * record GetWeather(@Description("A town.") String city, Optional<LocalUnit> unit) {}
   * }</pre>
   *
   * which the model knows as {@code get_weather}. See {@link #of(Class, String, String)}.
   */
  public static Tool of(Class<? extends Record> arguments) {
    Description description = arguments.getAnnotation(Description.class);
    String name = WORD_START.matcher(arguments.getSimpleName()).replaceAll("_").toLowerCase(Locale.ROOT);
    return of(arguments, name, description == null ? "" : description.value());
  }

  /**
   * A tool whose arguments are a record's components: text, numbers, booleans, enums, lists, sets, arrays, maps from text, further records.
   * Components that are {@code Optional} or {@code @Nullable} need not be given. Throws {@link ChatException} for other types.
   */
  public static Tool of(Class<? extends Record> arguments, String name, String description) {
    return new Tool(name, description, RecordSchema.of(arguments));
  }

  /** {@code {"type": "function", "function": {"name": ..., "description": ..., "parameters": {...}}}}, as templates expect it. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", "function");
    ObjectNode function = json.putObject("function");
    function.put("name", name);
    if (!description.isEmpty()) {
      function.put("description", description);
    }
    function.set("parameters", parameters.deepCopy());
    return json;
  }

  /** Reads a tool with or without its {@code function} wrapper. Throws {@link ChatException}. */
  public static Tool fromJson(JsonNode json) {
    JsonNode function = json.path("function").isObject() ? json.path("function") : json;
    if (!function.path("name").isTextual()) {
      throw new ChatException("a tool without a name: " + ChatJson.brief(json));
    }
    JsonNode parameters = function.path("parameters");
    if (!parameters.isObject() && !parameters.isMissingNode() && !parameters.isNull()) {
      throw new ChatException("the parameters of a tool must be a JSON schema, found " + ChatJson.brief(parameters));
    }
    ObjectNode schema = parameters instanceof ObjectNode given ? given.deepCopy() : RecordSchema.empty();
    return new Tool(function.path("name").textValue(), function.path("description").asText(""), schema);
  }
}
