package dev.wootz.merge.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.AtomicFiles;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The Jinja template that turns a conversation into text: where a model's folder keeps it, and which one a recipe's {@code chat_template}
 * asks for. In a folder it is {@code chat_template.jinja}, else the {@code chat_template} of chat_template.json or
 * tokenizer_config.json; the latter may list several by name, and then the one named {@code default} counts.
 */
public final class ChatTemplate {
  /** The templates that Wootz brings along, in the formats of the model families of these names. */
  public static final List<String> BUILT_IN = List.of("alpaca", "chatml", "exaone", "llama3", "mistral");

  private static final String KEY = "chat_template";
  private static final String JINJA = "chat_template.jinja";
  private static final String JSON = "chat_template.json";
  private static final String DEFAULT = "default";

  private ChatTemplate() {}

  /**
   * The template that a recipe asks for.
   *
   * @param key {@code auto} (the template that most of the folders have; of several, the one that comes first), a {@link #BUILT_IN} name,
   *     or the template itself
   * @param folders of the inputs, in recipe order
   * @return empty when {@code auto} finds none
   */
  public static Optional<String> choose(String key, List<Path> folders) {
    if (key.equals("auto")) {
      return mostFrequent(folders);
    }
    return Optional.of(BUILT_IN.contains(key) ? builtIn(key) : key);
  }

  private static Optional<String> mostFrequent(List<Path> folders) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Path folder : folders) {
      of(folder).ifPresent(template -> counts.merge(template, 1, Integer::sum));
    }
    // reduce() keeps the earlier of two equal counts.
    return counts.entrySet().stream().reduce((a, b) -> b.getValue() > a.getValue() ? b : a).map(Map.Entry::getKey);
  }

  private static String builtIn(String name) {
    try (InputStream in = ChatTemplate.class.getResourceAsStream(name + ".jinja")) {
      if (in == null) {
        throw new IllegalStateException("the template " + name + " is missing in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The template in a model's folder. Throws {@link FormatException} for files that cannot be read. */
  public static Optional<String> of(Path folder) {
    Path jinja = folder.resolve(JINJA);
    if (Files.isRegularFile(jinja)) {
      try {
        return Optional.of(Files.readString(jinja));
      } catch (IOException e) {
        throw new FormatException(Reason.READ_FAILED, jinja, null, "cannot be read as UTF-8 text", e);
      }
    }
    for (String name : List.of(JSON, TokenizerFiles.CONFIG)) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        String template = text(JsonFiles.read(file).path(KEY));
        if (template != null) {
          return Optional.of(template);
        }
      }
    }
    return Optional.empty();
  }

  private static @Nullable String text(JsonNode value) {
    for (JsonNode named : value) {
      if (named.path("name").asText().equals(DEFAULT)) {
        return named.path("template").textValue();
      }
    }
    return value.textValue();
  }

  /** Puts a template into a model's folder, in every place where the folder keeps one already; else into tokenizer_config.json. */
  public static void write(String template, Path folder) {
    boolean kept = false;
    if (Files.exists(folder.resolve(JINJA))) {
      writeJinja(template, folder);
      kept = true;
    }
    for (String name : List.of(JSON, TokenizerFiles.CONFIG)) {
      Path file = folder.resolve(name);
      if (!Files.exists(file)) {
        continue;
      }
      ObjectNode content = JsonFiles.read(file);
      if (content.hasNonNull(KEY) || (!kept && name.equals(TokenizerFiles.CONFIG))) {
        put(template, content);
        JsonFiles.write(file, content);
        kept = true;
      }
    }
    if (!kept) {
      writeJinja(template, folder);
    }
  }

  private static void writeJinja(String template, Path folder) {
    AtomicFiles.write(folder.resolve(JINJA), template.getBytes(StandardCharsets.UTF_8));
  }

  private static void put(String template, ObjectNode content) {
    for (JsonNode named : content.path(KEY)) {
      if (named.path("name").asText().equals(DEFAULT) && named instanceof ObjectNode entry) {
        entry.put("template", template);
        return;
      }
    }
    content.put(KEY, template);
  }
}
