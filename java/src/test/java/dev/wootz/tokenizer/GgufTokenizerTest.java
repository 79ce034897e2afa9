package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.SharedFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufTokenizerTest {
  private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

  @TempDir Path folder;

  private Tokenizer load(GgufKeys keys) throws Exception {
    return Tokenizer.load(keys.write(folder.resolve("vocabulary.gguf")));
  }

  /** The keys that a conversion of the small Qwen3 vocabulary has. */
  private static GgufKeys qwen3() {
    TokenizerJson json = TokenizerJson.read(TestVocabularies.qwen3Cut());
    String[] tokens = new String[json.idLimit() + 2];
    int[] types = new int[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] = id < json.idLimit() ? json.token(id) : "[PAD" + id + "]";
      types[id] = id < json.idLimit() ? 1 : 5;
    }
    json.addedTokens().forEach(token -> types[token.id()] = token.special() ? 3 : 4);
    String[] merges = new String[json.merges()];
    Arrays.setAll(merges, rank -> json.token(json.mergeLeft(rank)) + " " + json.token(json.mergeRight(rank)));
    return new GgufKeys().put("model", "gpt2").put("pre", "qwen2").put("tokens", tokens).put("token_type", types).put("merges", merges);
  }

  private static void assertSame(Tokenizer gguf, Tokenizer json) {
    for (int seed = 0; seed < 3000; seed++) {
      String text = RandomTexts.of(new Random(seed)) + (seed % 5 == 0 ? "<|im_end|> <think>" : "");
      int[] ids = json.encode(text);
      assertThat(gguf.encode(text)).as("seed " + seed).isEqualTo(ids);
      assertThat(gguf.encode(text, false, false)).as("seed " + seed).isEqualTo(json.encode(text, false, false));
      assertThat(gguf.decode(ids, true)).as("seed " + seed).isEqualTo(json.decode(ids, true));
    }
  }

  @Test
  void sameAsTheOriginal() throws Exception {
    Tokenizer gguf = load(qwen3().put("eos_token_id", 5).put("add_bos_token", true).put("bos_token_id", 7));
    assertSame(gguf, Tokenizer.load(TestVocabularies.qwen3Cut()));
    assertThat(gguf.size()).as("without padding").isEqualTo(3026);
    assertThat(gguf.eos()).hasValue(5);
    assertThat(gguf.addsBos()).isTrue();
    assertThat(gguf.encode("", true, true)).containsExactly(7);
  }

  @Test
  void sentencePieceByScores() throws Exception {
    TokenizerJson json = TokenizerJson.read(TestVocabularies.stories260k());
    String[] tokens = new String[json.idLimit()];
    int[] types = new int[tokens.length];
    float[] scores = new float[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] = json.token(id);
      types[id] = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
      scores[id] = id < 259 ? 0 : 259 - id;
    }
    Tokenizer gguf =
        load(
            new GgufKeys().put("model", "llama").put("tokens", tokens).put("token_type", types).put("scores", scores)
                .put("unknown_token_id", 0).put("bos_token_id", 1));
    assertSame(gguf, Tokenizer.load(TestVocabularies.stories260k()));
    assertThat(gguf.addsBos()).as("the default of this kind").isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "model, bert, TOKENIZER_UNSUPPORTED, gpt2",
    "model, , TOKENIZER_MISSING, tokenizer.ggml.model",
    "pre, my-own, TOKENIZER_UNSUPPORTED, qwen2",
    "pre, , TOKENIZER_FIELD, tokenizer.ggml.pre",
    "merges, , TOKENIZER_FIELD, tokenizer.ggml.merges",
    "tokens, , TOKENIZER_FIELD, tokenizer.ggml.tokens",
  })
  void whatIsWrongIsNamed(String key, String value, Reason reason, String telling) {
    GgufKeys keys = value == null ? qwen3().remove(key) : qwen3().put(key, value);
    assertThatThrownBy(() -> load(keys))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining("vocabulary.gguf")
        .hasMessageContaining(key)
        .hasMessageContaining(telling);
  }

  @Test
  void contradictionsAreRefused() {
    assertThatThrownBy(() -> load(qwen3().put("merges", new String[] {"a zzzzz"}))).hasMessageContainingAll("merges[0]", "zzzzz");
    assertThatThrownBy(() -> load(qwen3().put("token_type", new int[] {1}))).hasMessageContainingAll("token_type", "3028");
    assertThatThrownBy(() -> load(qwen3().put("bos_token_id", 99999))).hasMessageContainingAll("bos_token_id", "99999");
  }

  /** Texts and ids of llama.cpp's own test, which Hugging Face's tokenizers made. */
  @ParameterizedTest
  @CsvSource({"gpt-2, gpt-2", "llama-spm, llama-spm", "qwen2, qwen3"})
  void idsOfTheOriginals(String texts, String vocabulary) throws Exception {
    Path place = SharedFiles.find("data/ggml-vocab");
    Tokenizer tokenizer = Tokenizer.load(place.resolve("ggml-vocab-" + vocabulary + ".gguf"));
    String[] in = Files.readString(place.resolve("ggml-vocab-" + texts + ".gguf.inp")).split(SEPARATOR, -1);
    List<String> out = List.of(Files.readString(place.resolve("ggml-vocab-" + texts + ".gguf.out")).split("\n", -1));
    assertThat(out).hasSize(in.length);
    for (int i = 0; i < in.length; i++) {
      int[] ids = Stream.of(out.get(i).trim().split(" ")).filter(id -> !id.isEmpty()).mapToInt(Integer::parseInt).toArray();
      assertThat(tokenizer.encode(in[i])).as(in[i]).isEqualTo(ids);
    }
  }

  @Test
  void smolLm2() throws Exception {
    Path model = SharedFiles.find("models/smollm2-135m-instruct");
    Tokenizer tokenizer = Tokenizer.load(model.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"));
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(model.resolve("tokenizer.jsonl"))) {
      JsonNode row = json.readTree(line);
      assertThat(tokenizer.encode(row.get("text").textValue())).as(line).isEqualTo(TestVocabularies.ids(row.get("ids")));
    }
    for (JsonNode chat : json.readTree(model.resolve("golden.json").toFile()).get("chats")) {
      assertThat(tokenizer.encode(chat.get("text").textValue())).isEqualTo(TestVocabularies.ids(chat.get("ids")));
    }
    assertThat(tokenizer.eos()).hasValue(2);
    assertThat(tokenizer.addsBos()).isFalse();
  }
}
