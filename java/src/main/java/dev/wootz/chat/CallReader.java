package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.Diagnostic.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes tool calls of the JSON that stands for them, and judges them. */
final class CallReader {
  /** Under which keys models put a tool's name; the first of each is the right one. */
  private static final List<String> NAME_KEYS = List.of("name", "tool_name", "tool", "function", "function_name", "action");

  private static final List<String> ARGUMENT_KEYS = List.of("arguments", "parameters", "args", "input", "action_input");
  private static final Set<String> OTHER_KEYS = Set.of("id", "type");

  private final List<Tool> tools;

  CallReader(List<Tool> tools) {
    this.tools = tools;
  }

  /** A call, or the reason why there is none; never both. */
  record Outcome(@Nullable ToolCall call, @Nullable Diagnostic refusal) {}

  /** Whether JSON outside of any tag is meant as a call: it names a known tool, or has both a name and arguments. */
  boolean looksLikeCall(JsonNode json) {
    if (json.isArray()) {
      return !json.isEmpty() && looksLikeCall(json.get(0));
    }
    JsonNode object = unwrapped(json);
    String name = name(object);
    return name != null && (tool(name) != null || ARGUMENT_KEYS.stream().anyMatch(object::has));
  }

  /** The calls of an object, or of each object of an array. */
  List<Outcome> read(JsonNode json, String source, List<Diagnostic> diagnostics) {
    List<Outcome> outcomes = new ArrayList<>();
    if (json.isArray() && !json.isEmpty()) {
      json.forEach(element -> outcomes.add(one(element, source, diagnostics)));
    } else {
      outcomes.add(one(json, source, diagnostics));
    }
    return outcomes;
  }

  private Outcome one(JsonNode json, String source, List<Diagnostic> diagnostics) {
    JsonNode object = unwrapped(json);
    String name = name(object);
    if (name == null) {
      ObjectNode byTool = soleTool(object);
      if (byTool == null) {
        return refuse(Problem.NOT_A_CALL, "a tool call must be an object with the keys \"name\" and \"arguments\"", source, null);
      }
      note(Problem.UNUSUAL_FORM, "the tool's name stands as a key, expected {\"name\": ..., \"arguments\": ...}", source, diagnostics);
      return judged(byTool.path("name").textValue(), byTool.path("arguments"), source, diagnostics);
    }
    return judged(name, arguments(object, name, source, diagnostics), source, diagnostics);
  }

  /** {@code {"type": "function", "function": {...}}} as its inner object. */
  private static JsonNode unwrapped(JsonNode json) {
    return json.path("function").isObject() ? json.get("function") : json;
  }

  private static @Nullable String name(JsonNode object) {
    return NAME_KEYS.stream().map(object::path).filter(JsonNode::isTextual).map(JsonNode::textValue).findFirst().orElse(null);
  }

  /** {@code {"search": {"query": ...}}}: an object whose only key is a tool's name. */
  private @Nullable ObjectNode soleTool(JsonNode object) {
    if (object.size() != 1 || !object.isObject()) {
      return null;
    }
    String key = object.fieldNames().next();
    if (tool(key) == null || !object.get(key).isObject()) {
      return null;
    }
    return JsonNodeFactory.instance.objectNode().put("name", key).set("arguments", object.get(key));
  }

  private JsonNode arguments(JsonNode object, String name, String source, List<Diagnostic> diagnostics) {
    for (String key : ARGUMENT_KEYS) {
      if (object.has(key)) {
        if (!key.equals(ARGUMENT_KEYS.get(0))) {
          note(Problem.UNUSUAL_FORM, "the arguments stand under \"" + key + "\", expected \"arguments\"", source, diagnostics);
        }
        return object.get(key);
      }
    }
    ObjectNode others = JsonNodeFactory.instance.objectNode();
    object.properties().forEach(field -> {
      if (!NAME_KEYS.contains(field.getKey()) && !OTHER_KEYS.contains(field.getKey())) {
        others.set(field.getKey(), field.getValue());
      }
    });
    if (!others.isEmpty()) {
      note(Problem.UNUSUAL_FORM, "the arguments of " + name + " stand beside its name, expected \"arguments\"", source, diagnostics);
    }
    return others;
  }

  private Outcome judged(String name, JsonNode given, String source, List<Diagnostic> diagnostics) {
    JsonNode arguments = given;
    if (arguments.isTextual()) {
      LenientJson parsed = LenientJson.parse(arguments.textValue());
      if (parsed != null && parsed.value().isObject()) {
        note(Problem.ARGUMENTS_AS_TEXT, "the arguments of " + name + " are a text, expected an object", source, diagnostics);
        arguments = parsed.value();
      }
    }
    if (arguments.isNull() || arguments.isMissingNode()) {
      arguments = JsonNodeFactory.instance.objectNode();
    }
    if (!(arguments instanceof ObjectNode object)) {
      String found = ChatJson.brief(arguments);
      return refuse(Problem.NOT_A_CALL, "the arguments of " + name + " must be an object, found " + found, source, null);
    }
    Tool tool = tool(name);
    if (tool == null) {
      String known = String.join(", ", tools.stream().map(Tool::name).toList());
      return refuse(
          Problem.UNKNOWN_TOOL, "there is no tool \"" + name + "\"" + (known.isEmpty() ? "" : ": there are " + known), source,
          ToolCall.of(name, object));
    }
    if (!tool.name().equals(name)) {
      note(Problem.RENAMED_TOOL, "the tool is called \"" + tool.name() + "\", not \"" + name + "\"", source, diagnostics);
    }
    ArgumentCheck check = new ArgumentCheck(tool, object, source, diagnostics);
    Diagnostic refusal = check.refusal();
    return refusal == null ? new Outcome(ToolCall.of(tool.name(), check.arguments()), null) : new Outcome(null, refusal);
  }

  private static void note(Problem problem, String message, String source, List<Diagnostic> diagnostics) {
    diagnostics.add(new Diagnostic(problem, message, source, null));
  }

  private static Outcome refuse(Problem problem, String message, String source, @Nullable ToolCall call) {
    return new Outcome(null, new Diagnostic(problem, message, source, call));
  }

  /** The tool of this name, or of one that differs only in case, hyphens and a prefix such as {@code functions.}; null for none. */
  @Nullable Tool tool(String name) {
    for (Tool tool : tools) {
      if (tool.name().equals(name)) {
        return tool;
      }
    }
    String folded = folded(name);
    List<Tool> near = tools.stream().filter(tool -> folded(tool.name()).equals(folded)).toList();
    return near.size() == 1 ? near.get(0) : null;
  }

  private static String folded(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "").replace(" ", "");
    return plain.substring(plain.lastIndexOf('.') + 1);
  }
}
