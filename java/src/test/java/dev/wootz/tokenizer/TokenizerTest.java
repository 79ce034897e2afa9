package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static Tokenizer qwen3() {
    return Tokenizer.load(TestVocabularies.qwen3Cut());
  }

  private static Tokenizer stories() {
    return Tokenizer.load(TestVocabularies.stories260k().getParent());
  }

  @Test
  void storiesBeginWithTheirToken() {
    Tokenizer tokenizer = stories();
    int[] ids = {403, 407, 261, 378};
    assertThat(tokenizer.encode("Once upon a time")).isEqualTo(ids);
    assertThat(tokenizer.decode(ids)).isEqualTo("Once upon a time");
    assertThat(tokenizer.bos()).hasValue(1);
    assertThat(tokenizer.eos()).hasValue(2);
    assertThat(tokenizer.addsBos()).isTrue();
    assertThat(tokenizer.encode("Once upon a time", true, true)).containsExactly(1, 403, 407, 261, 378);
    assertThat(tokenizer.encode("", true, true)).containsExactly(1);
    assertThat(tokenizer.size()).isEqualTo(512);
    assertThat(new String(tokenizer.bytes(403), StandardCharsets.UTF_8)).isEqualTo(" Once");
    assertThat(tokenizer.bytes(tokenizer.id("<0x0A>").getAsInt())).containsExactly('\n');
  }

  @Test
  void tokensHaveNamesBytesAndRoles() {
    Tokenizer tokenizer = qwen3();
    int the = tokenizer.id("\u0120the").getAsInt();
    assertThat(tokenizer.token(the)).isEqualTo("\u0120the");
    assertThat(tokenizer.bytes(the)).isEqualTo(" the".getBytes(StandardCharsets.UTF_8));
    int end = tokenizer.id("<|im_end|>").getAsInt();
    assertThat(tokenizer.isSpecial(end)).isTrue();
    assertThat(tokenizer.encode("<|im_end|>")).containsExactly(end);
    assertThat(tokenizer.encode("<|im_end|>", false, false)).doesNotContain(end);
    assertThat(tokenizer.id("nothing of the kind")).isEmpty();
    assertThat(tokenizer.bytes(tokenizer.size())).isEmpty();
    assertThat(tokenizer.decode(new int[] {the, 1 << 20, -1})).isEqualTo(" the");
    assertThatThrownBy(() -> tokenizer.token(tokenizer.size())).isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("3026");
  }

  @Test
  void unpairedSurrogatesAndBadBytesAreReplaced() {
    Tokenizer tokenizer = qwen3();
    assertThat(tokenizer.encode("a\ud83d b")).isEqualTo(tokenizer.encode("a\ufffd b"));
    assertThat(tokenizer.encodeUtf8(new byte[] {'a', (byte) 0xF0, (byte) 0x9F, ' ', 'b'})).isEqualTo(tokenizer.encode("a\ufffd b"));
  }

  /** Rank by rank over the whole word, as the definition says: slow, but beyond doubt. */
  private static int[] byDefinition(TokenizerJson json, String word) {
    int[] ids = word.chars().map(c -> json.id(ByteAlphabet.token(c))).toArray();
    for (boolean joined = true; joined; ) {
      joined = false;
      for (int rank = 0; rank < json.merges() && !joined; rank++) {
        for (int i = 0; i + 1 < ids.length && !joined; i++) {
          if (ids[i] == json.mergeLeft(rank) && ids[i + 1] == json.mergeRight(rank)) {
            int[] shorter = Arrays.copyOf(ids, ids.length - 1);
            shorter[i] = json.mergeResult(rank);
            System.arraycopy(ids, i + 2, shorter, i + 1, ids.length - i - 2);
            ids = shorter;
            joined = true;
          }
        }
      }
    }
    return ids;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 15, 16, 31, 32, 33, 64, 150})
  void wordsOfEveryLength(int length) {
    TokenizerJson json = TokenizerJson.read(TestVocabularies.qwen3Cut());
    Tokenizer tokenizer = Tokenizer.of(json);
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      StringBuilder word = new StringBuilder();
      random.ints(length, 0, seed % 2 == 0 ? 3 : 26).forEach(c -> word.append("etaoinshrdlucmfwypvbgkjqxz".charAt(c)));
      int[] expected = byDefinition(json, word.toString());
      assertThat(tokenizer.encode(word.toString())).as("seed " + seed).isEqualTo(expected);
      assertThat(tokenizer.encode(word.toString())).as("seed " + seed + ", remembered").isEqualTo(expected);
    }
  }

  @Test
  void aMegabyteWithoutSpacesTakesNoAge() {
    for (Tokenizer tokenizer : List.of(qwen3(), stories())) {
      for (String unit : new String[] {"a", "abc", "\n", " ", "<", "\u4f60"}) {
        String text = unit.repeat(1_000_000 / unit.length());
        int[] ids = Assertions.assertTimeout(Duration.ofSeconds(20), () -> tokenizer.encode(text));
        assertThat(tokenizer.decode(ids)).isEqualTo(text);
      }
    }
  }

  @Test
  void threadsShareOne() {
    Tokenizer tokenizer = qwen3();
    List<String> texts = IntStream.range(0, 2000).mapToObj(seed -> RandomTexts.of(new Random(seed))).toList();
    List<int[]> alone = texts.stream().map(tokenizer::encode).toList();
    assertThat(texts.parallelStream().map(tokenizer::encode).toList()).usingRecursiveComparison().isEqualTo(alone);
  }

  /** Words drive each other out of the cache; what comes back must be the same. */
  @Test
  void manyWords() {
    Tokenizer tokenizer = qwen3();
    for (int i = 0; i < 200_000; i++) {
      String word = Integer.toString(i * 7919, 36).replaceAll("[0-9]", "q");
      assertThat(tokenizer.decode(tokenizer.encode(word))).isEqualTo(word);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'pre_tokenizer': {'type': 'UnicodeScripts'}} | pre_tokenizer.type | UnicodeScripts",
        "{'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [{'type': 'Nmt'}]}} | pre_tokenizer.pretokenizers[0].type | Nmt",
        "{'pre_tokenizer': {'type': 'Split', 'pattern': {'Regex': '(?~x)'}, 'behavior': 'Isolated'}} | pre_tokenizer.pattern | (?~x)",
        "{'pre_tokenizer': {'type': 'Split', 'pattern': {'Regex': 'x'}, 'behavior': 'Sideways'}} | pre_tokenizer.behavior | Sideways",
        "{'normalizer': {'type': 'Precompiled'}} | normalizer.type | Precompiled",
        "{'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}, {'type': 'Nmt'}]}} | normalizer.normalizers[1].type | Nmt",
        "{'decoder': {'type': 'WordPiece'}} | decoder.type | WordPiece",
        "{'post_processor': {'type': 'Other'}} | post_processor.type | Other",
        "{'model': {'dropout': 0.1}} | model.dropout | 0.1",
        "{'model': {'end_of_word_suffix': '</w>'}} | model.end_of_word_suffix | </w>",
      })
  void whatIsNotSupportedIsNamed(String patch, String field, String found) throws Exception {
    JsonNode fields = JSON.readTree(patch.replace('\'', '"'));
    Path file = TestVocabularies.patched(TestVocabularies.qwen3Cut(), fields, JSON.createArrayNode(), folder);
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOKENIZER_UNSUPPORTED))
        .hasMessageContaining("tokenizer.json: " + field + ": found")
        .hasMessageContaining(found)
        .hasMessageContaining("supported");
  }
}
