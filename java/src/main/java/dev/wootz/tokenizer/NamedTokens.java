package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.JsonFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Which tokens begin, end and pad a text.
 *
 * @param addBos whether the files ask for {@code bos} before every text though the tokenizer itself does not say so
 * @param addEos likewise for {@code eos} after it
 */
record NamedTokens(OptionalInt bos, OptionalInt eos, OptionalInt pad, boolean addBos, boolean addEos) {
  static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL_TOKENS = "special_tokens_map.json";

  /** As tokenizer_config.json beside the tokenizer.json says, or special_tokens_map.json; neither has to be there. */
  static NamedTokens read(Path tokenizerJson, Vocabulary vocabulary) {
    ObjectNode config = readIfThere(tokenizerJson.resolveSibling(CONFIG));
    ObjectNode map = readIfThere(tokenizerJson.resolveSibling(SPECIAL_TOKENS));
    return new NamedTokens(
        id("bos_token", config, map, vocabulary),
        id("eos_token", config, map, vocabulary),
        id("pad_token", config, map, vocabulary),
        config.path("add_bos_token").asBoolean(false),
        config.path("add_eos_token").asBoolean(false));
  }

  private static ObjectNode readIfThere(Path file) {
    return Files.isRegularFile(file) ? JsonFiles.read(file) : JsonNodeFactory.instance.objectNode();
  }

  /** A token is given as a string or as an object with its {@code content}. */
  private static OptionalInt id(String name, ObjectNode config, ObjectNode map, Vocabulary vocabulary) {
    for (ObjectNode file : new ObjectNode[] {config, map}) {
      JsonNode value = file.path(name);
      JsonNode content = value.isObject() ? value.path("content") : value;
      if (content.isTextual()) {
        return vocabulary.id(content.textValue());
      }
    }
    return OptionalInt.empty();
  }
}
