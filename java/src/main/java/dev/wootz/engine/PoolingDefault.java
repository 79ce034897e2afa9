package dev.wootz.engine;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.JsonFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The pooling that a model's files ask for. What Wootz does not compute is refused: another pooling would give other vectors without a word. */
final class PoolingDefault {
  private static final String MODE = "pooling_mode";

  /** As sentence-transformers writes them: {@code pooling_mode_<name>: true} each, later versions {@code pooling_mode: <name>}. */
  private static final Map<String, Pooling> MODES =
      Map.of("lasttoken", Pooling.LAST, "mean_tokens", Pooling.MEAN, "mean", Pooling.MEAN, "cls_token", Pooling.FIRST, "cls", Pooling.FIRST);

  private PoolingDefault() {}

  /** The pooling's settings: where {@code modules.json} puts them, else in {@code 1_Pooling}; empty where there are none. */
  private static Optional<Path> settings(Path folder) {
    Path modules = folder.resolve("modules.json");
    if (Files.isRegularFile(modules)) {
      for (JsonNode module : JsonFiles.readArray(modules)) {
        if (name(module).equals("Pooling")) {
          Path file = folder.resolve(module.path("path").asText()).resolve("config.json");
          if (!Files.isRegularFile(file)) {
            throw new FormatException(Reason.NOT_FOUND, file, "no such file, expected the settings of the Pooling that modules.json lists");
          }
          return Optional.of(file);
        }
      }
    }
    return Optional.of(folder.resolve("1_Pooling").resolve("config.json")).filter(Files::isRegularFile);
  }

  private static String name(JsonNode module) {
    String type = module.path("type").asText();
    return type.substring(type.lastIndexOf('.') + 1);
  }

  /** Refuses {@code include_prompt: false}, which leaves the tokens of an instruction out of the pooling. */
  static void requirePromptIncluded(Path folder) {
    Optional<Path> file = settings(folder);
    JsonNode included = file.isEmpty() ? null : JsonFiles.read(file.get()).get("include_prompt");
    if (included != null && !flag(file.get(), "include_prompt", included)) {
      throw new FormatException(
          Reason.CONFIG_FIELD, file.get(),
          "field \"include_prompt\": found false, which is not computed; expected true where an instruction goes before texts");
    }
  }

  /** What the settings of the pooling say; empty where there are none. */
  static Optional<Pooling> ofFolder(Path folder) {
    Optional<Path> found = settings(folder);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Path file = found.get();
    ObjectNode settings = JsonFiles.read(file);
    Set<String> modes = new TreeSet<>();
    settings
        .fields()
        .forEachRemaining(
            field -> {
              if (field.getKey().equals(MODE)) {
                modes.add(field.getValue().asText());
              } else if (field.getKey().startsWith(MODE + "_") && flag(file, field.getKey(), field.getValue())) {
                modes.add(field.getKey().substring(MODE.length() + 1));
              }
            });
    Pooling known = modes.size() == 1 ? MODES.get(modes.iterator().next()) : null;
    if (known == null) {
      String what = modes.isEmpty() ? "no pooling mode" : "the pooling mode " + quote(String.join(" and ", modes));
      throw new FormatException(
          Reason.CONFIG_FIELD, file, "found " + what + ", expected one of lasttoken, mean_tokens, cls_token; or say which pooling to use");
    }
    return Optional.of(known);
  }

  private static boolean flag(Path file, String name, JsonNode value) {
    if (!value.isBoolean()) {
      throw new FormatException(Reason.CONFIG_FIELD, file, "field " + quote(name) + ": found " + JsonFiles.kind(value) + ", expected true or false");
    }
    return value.booleanValue();
  }

  /** What {@code <architecture>.pooling_type} says, numbered as in llama.cpp; empty where it is absent or 0, "none". */
  static Optional<Pooling> ofGguf(GgufMetadata metadata) {
    String key = metadata.string("general.architecture").orElse("") + ".pooling_type";
    long type = metadata.integer(key).orElse(0);
    return switch ((int) Math.max(-1, Math.min(type, 5))) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(Pooling.MEAN);
      case 2 -> Optional.of(Pooling.FIRST);
      case 3 -> Optional.of(Pooling.LAST);
      default -> throw new FormatException(
          Reason.METADATA_TYPE, metadata.path(), "key " + quote(key) + ": found " + type + (type == 4 ? ", a reranker" : "")
              + ", expected 1 (mean), 2 (first) or 3 (last token); or say which pooling to use");
    };
  }

  /** Refuses folders whose embeddings go through more than pooling and normalising, such as a dense layer, as {@code modules.json} lists. */
  static void requireKnownModules(Path folder) {
    Path file = folder.resolve("modules.json");
    if (!Files.isRegularFile(file)) {
      return;
    }
    for (JsonNode module : JsonFiles.readArray(file)) {
      if (!Set.of("Transformer", "Pooling", "Normalize").contains(name(module))) {
        throw new FormatException(
            Reason.ARCHITECTURE_UNSUPPORTED, file, "found a module of type " + quote(module.path("type").asText()) + ", which is not computed; expected Transformer, Pooling, Normalize");
      }
    }
  }

  /** Refuses files of models whose tokens see those after them, as {@code <architecture>.attention.causal} says: decoders here are causal. */
  static void requireCausal(GgufMetadata metadata) {
    String key = metadata.string("general.architecture").orElse("") + ".attention.causal";
    if (!metadata.flag(key).orElse(true)) {
      throw new FormatException(
          Reason.ARCHITECTURE_UNSUPPORTED, metadata.path(), "key " + quote(key) + ": found false, which is not computed; expected true");
    }
  }
}
