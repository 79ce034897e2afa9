package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The chat templates that a model's folder or file holds, and its special tokens.
 *
 * @param plain the template, and with tools too unless there is another for them
 * @param tools the template for conversations with tools, null when there is none of its own
 * @param specialTokens by name: {@code bos_token} and so on
 */
record TemplateFiles(Text plain, @Nullable Text tools, Map<String, Object> specialTokens) {
  /** What to do about a template that is missing. */
  static final String ADVICE = "base models have none; use an instruction-tuned model, or give a template (--template FILE.jinja)";

  static final String DEFAULT = "default";
  static final String TOOL_USE = "tool_use";
  private static final String KEY = "chat_template";
  private static final String ADDITIONAL = "additional_special_tokens";

  /** A template's text and what to call it. */
  record Text(String name, String text) {}

  static TemplateFiles ofFolder(Path folder) {
    Map<String, Text> templates = new LinkedHashMap<>();
    addNamed(templates, json(folder.resolve("tokenizer_config.json")), folder.resolve("tokenizer_config.json"));
    addNamed(templates, json(folder.resolve("chat_template.json")), folder.resolve("chat_template.json"));
    addFile(templates, DEFAULT, folder.resolve("chat_template.jinja"));
    addFile(templates, TOOL_USE, folder.resolve("additional_chat_templates").resolve(TOOL_USE + ".jinja"));
    Text plain = templates.get(DEFAULT);
    if (plain == null) {
      throw missing(folder, templates);
    }
    return new TemplateFiles(plain, templates.get(TOOL_USE), specialTokens(folder));
  }

  static Map<String, Object> specialTokens(Path folder) {
    Map<String, Object> tokens = new LinkedHashMap<>();
    addTokens(tokens, json(folder.resolve("special_tokens_map.json")));
    addTokens(tokens, json(folder.resolve("tokenizer_config.json")));
    return tokens;
  }

  private static FormatException missing(Path folder, Map<String, Text> templates) {
    String found = templates.isEmpty() ? "no chat template" : "chat templates named " + templates.keySet() + " and none named default";
    return new FormatException(
        Reason.CHAT_TEMPLATE_MISSING,
        folder,
        "found " + found + ", expected chat_template.jinja or the key chat_template in tokenizer_config.json: " + ADVICE);
  }

  private static @Nullable ObjectNode json(Path file) {
    return Files.isRegularFile(file) ? JsonFiles.read(file) : null;
  }

  private static void addFile(Map<String, Text> templates, String name, Path file) {
    if (Files.isRegularFile(file)) {
      try {
        templates.put(name, new Text(file.toString(), Files.readString(file)));
      } catch (IOException e) {
        throw new FormatException(Reason.READ_FAILED, file, null, "cannot be read as UTF-8 text", e);
      }
    }
  }

  /** One template, or several with names. */
  private static void addNamed(Map<String, Text> templates, @Nullable ObjectNode json, Path file) {
    JsonNode value = json == null ? null : json.get(KEY);
    if (value == null || value.isNull()) {
      return;
    }
    if (value.isTextual()) {
      templates.put(DEFAULT, new Text(file + " " + KEY, value.textValue()));
      return;
    }
    if (value.isObject()) {
      value.properties().forEach(field -> add(templates, field.getKey(), field.getValue(), file));
      return;
    }
    for (JsonNode named : value) {
      add(templates, named.path("name").asText(), named.path("template"), file);
    }
  }

  private static void add(Map<String, Text> templates, String name, JsonNode text, Path file) {
    if (!text.isTextual()) {
      throw new FormatException(Reason.TOKENIZER_FIELD, file, "found " + JsonFiles.kind(text) + " as " + KEY + ", expected a string");
    }
    templates.put(name, new Text(file + " " + KEY + " " + name, text.textValue()));
  }

  private static void addTokens(Map<String, Object> tokens, @Nullable ObjectNode json) {
    if (json == null) {
      return;
    }
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      String token = token(field.getValue());
      if (field.getKey().endsWith("_token") && token != null) {
        tokens.put(field.getKey(), token);
      } else if (field.getKey().equals(ADDITIONAL) && field.getValue().isArray()) {
        List<String> additional = new ArrayList<>();
        field.getValue().forEach(element -> additional.add(String.valueOf(token(element))));
        tokens.put(ADDITIONAL, additional);
      }
    }
  }

  /** A token's text, which stands alone or in an object with its settings. */
  private static @Nullable String token(JsonNode value) {
    return value.isObject() ? value.path("content").textValue() : value.textValue();
  }
}
