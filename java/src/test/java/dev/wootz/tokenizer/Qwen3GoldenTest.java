package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.format.SharedFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Qwen3's own tokenizer.json against what Hugging Face's tokenizers make of 500 and more texts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Qwen3GoldenTest {
  private final List<JsonNode> rows = new ArrayList<>();
  private Tokenizer tokenizer;

  @BeforeAll
  void read() throws Exception {
    Path golden = SharedFiles.find("golden/tokenizer-qwen3.jsonl");
    tokenizer = Tokenizer.load(SharedFiles.find("data/qwen3-tokenizer"));
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(golden)) {
      rows.add(json.readTree(line));
    }
  }

  private List<JsonNode> rows(String kind) {
    List<JsonNode> found = rows.stream().filter(row -> row.get("kind").textValue().equals(kind)).toList();
    assertThat(found).isNotEmpty();
    return found;
  }

  private static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  @Test
  void encodes() {
    for (JsonNode row : rows("encode")) {
      String text = row.get("text").textValue();
      String about = row.get("id") + " " + row.get("cat") + " " + row.get("text");
      int[] ids = ids(row.get("ids"));
      assertThat(tokenizer.encode(text)).as(about).isEqualTo(ids);
      assertThat(tokenizer.encode(text, false, false)).as(about).isEqualTo(row.has("ids_plain") ? ids(row.get("ids_plain")) : ids);
      String decoded = row.has("decoded") ? row.get("decoded").textValue() : text;
      assertThat(tokenizer.decode(ids)).as(about).isEqualTo(decoded);
      String skipped = row.has("decoded_skip") ? row.get("decoded_skip").textValue() : decoded;
      assertThat(tokenizer.decode(ids, true)).as(about).isEqualTo(skipped);
      for (int i = 0; row.has("tokens") && i < ids.length; i++) {
        assertThat(tokenizer.token(ids[i])).as(about).isEqualTo(row.get("tokens").get(i).textValue());
      }
    }
  }

  @Test
  void encodesBytes() {
    for (JsonNode row : rows("bytes")) {
      byte[] bytes = HexFormat.of().parseHex(row.get("bytes_hex").textValue());
      assertThat(Utf8.decode(bytes, 0, bytes.length)).isEqualTo(row.get("text").textValue());
      assertThat(tokenizer.encodeUtf8(bytes)).as(row.toString()).isEqualTo(ids(row.get("ids")));
    }
    int[] ids = ids(rows("byte_ids").get(0).get("ids"));
    for (int b = 0; b < 256; b++) {
      assertThat(tokenizer.bytes(ids[b])).containsExactly(b);
    }
  }

  @Test
  void decodes() {
    for (JsonNode row : rows("decode")) {
      assertThat(tokenizer.decode(ids(row.get("ids")))).as(row.toString()).isEqualTo(row.get("text").textValue());
      assertThat(tokenizer.decode(ids(row.get("ids")), true)).as(row.toString()).isEqualTo(row.get("text_skip").textValue());
    }
  }

  /** The golden text after each token has U+FFFD for a character in the making; the stream holds it back. */
  @Test
  void streams() {
    for (JsonNode row : rows("stream")) {
      TextStream stream = tokenizer.stream(false);
      StringBuilder text = new StringBuilder();
      int i = 0;
      for (int id : ids(row.get("ids"))) {
        text.append(stream.next(id));
        String prefix = row.get("prefix_text").get(i++).textValue();
        String complete = prefix.endsWith("\uFFFD") ? prefix.substring(0, prefix.length() - 1) : prefix;
        assertThat(text.toString()).as(row.toString()).isEqualTo(complete);
      }
      assertThat(text + stream.finish()).isEqualTo(row.get("text").textValue());
    }
  }

  @Test
  void knowsItsNames() {
    assertThat(tokenizer.size()).isEqualTo(151669);
    assertThat(tokenizer.eos()).hasValue(151645);
    assertThat(tokenizer.pad()).hasValue(151643);
    assertThat(tokenizer.bos()).isEmpty();
    assertThat(tokenizer.addsBos()).isFalse();
    assertThat(tokenizer.encode("a", true, true)).hasSize(1);
    assertThat(tokenizer.id("<think>")).hasValue(151667);
    assertThat(tokenizer.isSpecial(151667)).isFalse();
    assertThat(tokenizer.isSpecial(151645)).isTrue();
  }
}
