package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** The small vocabularies of the tests. */
final class TestVocabularies {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TestVocabularies() {}

  static Path resource(String name) {
    try {
      return Path.of(TestVocabularies.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path qwen3Cut() {
    return resource("qwen3-cut/tokenizer.json");
  }

  /** The one in the project's example; SentencePiece's manner, with tokenizer_config.json beside it. */
  static Path stories260k() {
    return Path.of("examples/forgetting/base/tokenizer.json");
  }

  static Path named(String name) {
    return name.equals("qwen3-cut") ? qwen3Cut() : stories260k();
  }

  /** The file with some fields replaced and more added tokens, written into {@code folder}. */
  static Path patched(Path file, JsonNode patch, JsonNode added, Path folder) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    patch.properties()
        .forEach(
            field -> {
              if (field.getKey().equals("model")) {
                ((ObjectNode) json.get("model")).setAll((ObjectNode) field.getValue());
              } else {
                json.set(field.getKey(), field.getValue());
              }
            });
    added.forEach(((ArrayNode) json.get("added_tokens"))::add);
    Path patched = folder.resolve("tokenizer.json");
    Files.write(patched, JSON.writeValueAsBytes(json));
    return patched;
  }

  static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }
}
