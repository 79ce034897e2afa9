package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import dev.wootz.tokenizer.TokenizerJson.ModelType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {
  @TempDir Path folder;

  private static Path golden(String model) throws URISyntaxException {
    return Path.of(TokenizerJsonTest.class.getResource("/golden/merge/tokenizer/" + model).toURI());
  }

  private TokenizerJson read(String text) throws IOException {
    Path file = folder.resolve(TokenizerJson.FILE_NAME);
    Files.writeString(file, text);
    return TokenizerJson.open(folder);
  }

  /** A BPE file with the given parts of its content. */
  private TokenizerJson bpe(String added, String vocabulary, String merges) throws IOException {
    return read(
        "{\"added_tokens\": [" + added + "], \"model\": {\"type\": \"BPE\", \"vocab\": {" + vocabulary + "},"
            + " \"merges\": [" + merges + "]}}");
  }

  @Test
  void readsTokensAndMerges() throws Exception {
    TokenizerJson a = TokenizerJson.open(golden("A"));
    assertThat(a.modelType()).isEqualTo(ModelType.BPE);
    assertThat(a.ordinaryTokens()).isEqualTo(259);
    assertThat(a.size()).isEqualTo(262);
    assertThat(a.idLimit()).isEqualTo(262);
    assertThat(a.id("the")).isEqualTo(257);
    assertThat(a.id("<|onlyA|>")).isEqualTo(261);
    assertThat(a.id("nothing of the kind")).isEqualTo(-1);
    assertThat(a.token(256)).isEqualTo("th");
    assertThat(a.token(262)).isNull();
    assertThat(a.token(-1)).isNull();
    assertThat(a.addedTokens().get(0)).isEqualTo(new AddedToken(259, "<|end|>", false, false, false, false, true));
    assertThat(a.merges()).isEqualTo(3);
    assertThat(a.token(a.mergeLeft(1)) + "+" + a.token(a.mergeRight(1)) + "=" + a.token(a.mergeResult(1))).isEqualTo("th+e=the");
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "B", "base", "case_union_linear/out-tokenizer.json"})
  void writesWhatItRead(String model) throws Exception {
    Path file = golden(model);
    file = Files.isDirectory(file) ? file.resolve(TokenizerJson.FILE_NAME) : file;
    Path copy = folder.resolve("copy.json");
    JsonFiles.write(copy, TokenizerJson.read(file).toJson());
    assertThat(Files.readString(copy).strip()).isEqualTo(Files.readString(file).strip());
  }

  @Test
  void readsMergesOfBothForms() throws IOException {
    TokenizerJson spaced = bpe("", "\"a\": 0, \"b\": 1, \"ab\": 2, \"abb\": 3", "\"#version: 0.2\", \"a b\", \"ab b\"");
    TokenizerJson pairs = bpe("", "\"a\": 0, \"b\": 1, \"ab\": 2, \"abb\": 3", "[\"a\", \"b\"], [\"ab\", \"b\"]");
    for (TokenizerJson tokenizer : List.of(spaced, pairs)) {
      assertThat(tokenizer.merges()).isEqualTo(2);
      assertThat(new int[] {tokenizer.mergeLeft(1), tokenizer.mergeRight(1), tokenizer.mergeResult(1)}).containsExactly(2, 1, 3);
    }
    assertThat(spaced.toJson().at("/model/merges/1").textValue()).isEqualTo("ab b");
    assertThat(pairs.toJson().at("/model/merges/1/0").textValue()).isEqualTo("ab");
  }

  @Test
  void mergesMayComeBeforeTheVocabulary() throws IOException {
    TokenizerJson tokenizer = read("{\"model\": {\"merges\": [\"a ##b\"], \"continuing_subword_prefix\": \"##\", \"type\": \"BPE\","
        + " \"vocab\": {\"ab\": 0, \"a\": 1, \"##b\": 2}}}");
    assertThat(tokenizer.mergeResult(0)).isZero();
  }

  @Test
  void readsTheOtherModels() throws IOException {
    TokenizerJson unigram = read("{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"<unk>\", 0.0], [\"a\", -2.5]]}}");
    assertThat(unigram.modelType()).isEqualTo(ModelType.UNIGRAM);
    assertThat(unigram.id("a")).isEqualTo(1);
    assertThat(unigram.toJson().at("/model/vocab/1/1").doubleValue()).isEqualTo(-2.5);
    TokenizerJson wordPiece = read("{\"model\": {\"type\": \"WordPiece\", \"max_input_chars_per_word\": 100, \"vocab\": {\"a\": 0}}}");
    assertThat(wordPiece.modelType()).isEqualTo(ModelType.WORD_PIECE);
    assertThat(wordPiece.merges()).isZero();
    assertThat(read("{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}").modelType()).isEqualTo(ModelType.BPE);
    assertThat(read("{\"model\": {\"vocab\": {\"a\": 0}, \"max_input_chars_per_word\": 1}}").modelType()).isEqualTo(ModelType.WORD_PIECE);
    assertThat(read("{\"model\": {\"vocab\": [[\"a\", 0]]}}").modelType()).isEqualTo(ModelType.UNIGRAM);
  }

  @Test
  void oneTokenMayBeOrdinaryAndAdded() throws IOException {
    TokenizerJson tokenizer = bpe("{\"id\": 1, \"content\": \"<s>\", \"special\": true}", "\"a\": 0, \"<s>\": 1", "");
    assertThat(tokenizer.size()).isEqualTo(2);
    assertThat(tokenizer.addedTokens()).singleElement().satisfies(token -> assertThat(token.normalized()).isFalse());
  }

  @Test
  void idsMayHaveHoles() throws IOException {
    TokenizerJson tokenizer = bpe("{\"id\": 5, \"content\": \"x\"}", "\"a\": 0", "");
    assertThat(tokenizer.idLimit()).isEqualTo(6);
    assertThat(tokenizer.size()).isEqualTo(2);
    assertThat(tokenizer.token(3)).isNull();
  }

  @Test
  void trimsTokensAndTheMergesThatNeedThem() throws IOException {
    TokenizerJson tokenizer =
        bpe(
            "{\"id\": 5, \"content\": \"<s>\"}",
            "\"a\": 0, \"b\": 1, \"ab\": 2, \"abb\": 4, \"ba\": 3",
            "\"a b\", \"ab b\", \"b a\"");
    TokenizerJson trimmed = tokenizer.trimmed(4);
    assertThat(trimmed.idLimit()).isEqualTo(4);
    assertThat(trimmed.addedTokens()).isEmpty();
    assertThat(trimmed.toJson().at("/model/merges").toString()).isEqualTo("[\"a b\",\"b a\"]");
    assertThat(trimmed.toJson().at("/model/vocab").toString()).isEqualTo("{\"a\":0,\"b\":1,\"ab\":2,\"ba\":3}");
    assertThat(tokenizer.trimmed(6).sameIds(tokenizer)).isTrue();
  }

  @Test
  void onlyBpeIsTrimmed() throws IOException {
    TokenizerJson unigram =
        read(
            "{\"added_tokens\": [{\"id\": 2, \"content\": \"<s>\"}],"
                + " \"model\": {\"type\": \"Unigram\", \"vocab\": [[\"<unk>\", 0.0], [\"a\", -2.5]]}}");
    assertThat(unigram.trimmed(2).size()).isEqualTo(2);
    assertThatThrownBy(() -> unigram.trimmed(1)).isInstanceOf(IllegalStateException.class).hasMessageContaining("Unigram");
  }

  @Test
  void takesAddedTokens() throws IOException {
    List<AddedToken> more = List.of(AddedToken.ordinary(2, "the"), AddedToken.ordinary(1, "b"));
    TokenizerJson tokenizer = bpe("", "\"a\": 0, \"b\": 1", "").withAdded(more);
    assertThat(tokenizer.id("the")).isEqualTo(2);
    assertThat(tokenizer.size()).isEqualTo(3);
    assertThat(tokenizer.toJson().at("/added_tokens/1").toString())
        .isEqualTo(
            "{\"id\":2,\"content\":\"the\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":true,\"special\":false}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "| `\"a\": 0, \"b\": 0` | | TOKEN_ID | id 0 belongs to \"a\" and to \"b\"",
        "| `\"a\": 0, \"a\": 1` | | TOKEN_ID | token \"a\" has the ids 0 and 1",
        "| `\"a\": -1` | | TOKEN_ID | model.vocab[\"a\"]: found the number -1, expected an id from 0 to 16777215",
        "| `\"a\": 2147483647` | | TOKEN_ID | model.vocab[\"a\"]",
        "| `\"a\": 99999999999999999999` | | TOKEN_ID | model.vocab[\"a\"]: found the number 99999999999999999999",
        "| `\"a\": \"0\"` | | TOKEN_ID | found the string \"0\"",
        "| `\"a\": 0` | `\"a b\"` | TOKENIZER_MERGE | model.merges[0]: \"b\" is not in model.vocab",
        "| `\"a\": 0, \"b\": 1` | `\"a b\"` | TOKENIZER_MERGE | model.merges[0]: \"ab\" is not in model.vocab",
        "| `\"a\": 0` | `\"ab\"` | TOKENIZER_MERGE | expected two tokens with one space",
        "| `\"a\": 0` | `\"a b c\"` | TOKENIZER_MERGE | expected two tokens with one space",
        "| `\"a\": 0` | `[\"a\"]` | TOKENIZER_MERGE | model.merges[0]: found the end of the array",
        "| `\"a\": 0` | `[\"a\", \"a\", \"a\"]` | TOKENIZER_MERGE | model.merges[0]: found the string \"a\"",
        "| `\"a\": 0` | `7` | TOKENIZER_MERGE | model.merges[0]: found the number 7",
        "`{\"id\": 0, \"content\": \"b\"}` | `\"a\": 0` | | TOKEN_ID | id 0 belongs to \"a\" and to \"b\"",
        "`{\"id\": 1, \"content\": \"a\"}` | `\"a\": 0` | | TOKEN_ID | token \"a\" has id 1, elsewhere id 0",
        "`{\"id\": -1, \"content\": \"b\"}` | `\"a\": 0` | | TOKEN_ID | added_tokens[0].id: found the number -1",
        "`{\"id\": 1}` | `\"a\": 0` | | TOKENIZER_FIELD | added_tokens[0].content: found nothing",
        "`{\"id\": 1, \"content\": \"b\", \"special\": 1}` | `\"a\": 0` | | TOKENIZER_FIELD | added_tokens[0].special: found the number 1",
      })
  void saysWhatIsWrong(String added, String vocabulary, String merges, Reason reason, String message) {
    assertThatThrownBy(() -> bpe(added == null ? "" : added, vocabulary, merges == null ? "" : merges))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(folder.resolve("tokenizer.json").toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "` ` | JSON_INVALID | nothing",
        "`[]` | JSON_INVALID | found an array, expected a JSON object",
        "`{}` | TOKENIZER_FIELD | model: missing",
        "`{\"model\": 1}` | TOKENIZER_FIELD | model: found the number 1, expected an object",
        "`{\"model\": {}}` | TOKENIZER_FIELD | model.vocab: missing",
        "`{\"model\": {\"vocab\": 3}}` | TOKENIZER_FIELD | model.vocab: found the number 3",
        "`{\"model\": {\"vocab\": {}, \"type\": \"BPE\"}}` | TOKENIZER_FIELD | model.merges: missing",
        "`{\"model\": {\"vocab\": {}, \"type\": \"Unigram\"}}` | TOKENIZER_FIELD | model.vocab: found an object",
        "`{\"model\": {\"vocab\": [[\"a\"]], \"type\": \"Unigram\"}}` | TOKENIZER_FIELD | found the end of the array as score",
        "`{\"model\": {\"vocab\": {}, \"type\": \"Tiktoken\"}}` | TOKENIZER_MODEL_UNKNOWN | found the string \"Tiktoken\"",
        "`{\"model\": {\"vocab\": {}, \"vocab\": {}}}` | DUPLICATE_KEY | model.vocab appears twice",
        "`{\"model\": {\"vocab\": {}` | JSON_INVALID | line 1",
        "`{\"model\": {\"vocab\": {}, \"merges\": []}} {}` | JSON_INVALID | more JSON after the object",
        "`{\"added_tokens\": {}, \"model\": {\"vocab\": {}, \"merges\": []}}` | TOKENIZER_FIELD | added_tokens: found an object",
      })
  void refusesWhatIsNoTokenizer(String text, Reason reason, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
  }

  @Test
  void saysWhichFormsAreNotRead() throws IOException {
    assertThatThrownBy(() -> TokenizerJson.open(folder)).isInstanceOf(FormatException.class).hasMessageContaining("no tokenizer.json");
    Files.write(folder.resolve("tokenizer.model"), new byte[] {1});
    assertThatThrownBy(() -> TokenizerJson.open(folder))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOKENIZER_MISSING))
        .hasMessageContaining("found tokenizer.model but no tokenizer.json");
  }
}
