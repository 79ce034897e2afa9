package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same ids and texts as Hugging Face's tokenizers, component by component. */
class HuggingFaceTest {
  @TempDir Path folder;

  static Stream<Named<JsonNode>> tokenizers() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Stream.Builder<Named<JsonNode>> tokenizers = Stream.builder();
    for (String line : Files.readAllLines(TestVocabularies.resource("huggingface.jsonl"))) {
      JsonNode tokenizer = json.readTree(line);
      tokenizers.add(Named.of(tokenizer.get("name").textValue(), tokenizer));
    }
    return tokenizers.build();
  }

  @ParameterizedTest
  @MethodSource("tokenizers")
  void agrees(JsonNode golden) throws IOException {
    Path file = TestVocabularies.named(golden.get("vocabulary").textValue());
    Tokenizer tokenizer = Tokenizer.load(TestVocabularies.patched(file, golden.get("patch"), golden.get("added"), folder));
    for (JsonNode row : golden.get("encode")) {
      String text = row.get("text").textValue();
      int[] ids = TestVocabularies.ids(row.get("ids"));
      assertThat(tokenizer.encode(text)).as(row.toString()).isEqualTo(ids);
      int[] special = TestVocabularies.ids(row.path(row.has("ids_special") ? "ids_special" : "ids"));
      assertThat(tokenizer.encode(text, true, true)).as(row.toString()).isEqualTo(special);
      int[] plain = TestVocabularies.ids(row.path(row.has("ids_plain") ? "ids_plain" : "ids"));
      assertThat(tokenizer.encode(text, false, false)).as(row.toString()).isEqualTo(plain);
      String decoded = row.has("decoded") ? row.get("decoded").textValue() : text;
      assertDecodes(tokenizer, ids, false, decoded);
      assertDecodes(tokenizer, ids, true, row.has("decoded_skip") ? row.get("decoded_skip").textValue() : decoded);
    }
    for (JsonNode row : golden.get("decode")) {
      assertDecodes(tokenizer, TestVocabularies.ids(row.get("ids")), false, row.get("text").textValue());
    }
  }

  /** At once, and token by token: never half a character. */
  private static void assertDecodes(Tokenizer tokenizer, int[] ids, boolean skipSpecial, String text) {
    assertThat(tokenizer.decode(ids, skipSpecial)).isEqualTo(text);
    TextStream stream = tokenizer.stream(skipSpecial);
    StringBuilder all = new StringBuilder();
    for (int id : ids) {
      String piece = stream.next(id);
      assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isTrue();
      all.append(piece);
      assertThat(text).startsWith(all);
    }
    assertThat(all + stream.finish()).isEqualTo(text);
  }
}
