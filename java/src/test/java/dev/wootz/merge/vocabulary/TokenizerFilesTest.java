package dev.wootz.merge.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.JsonFiles;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.recipe.TokenizerSpec.Source;
import dev.wootz.tokenizer.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
  private static final TokenizerSpec UNION = TokenizerSpec.of(new Source.Union());

  @TempDir Path root;
  private Path output;
  private VocabularyModel donor;
  private VocabularyModel other;

  @BeforeEach
  void models() throws IOException {
    ToyVocabularies toys = new ToyVocabularies(root);
    output = Files.createDirectories(root.resolve("output"));
    donor = toys.model("A", "a", "b", "<s>");
    other = toys.model("B", "a", "<t>", "c");
  }

  private void put(String name, String content) throws IOException {
    Files.writeString(donor.folder().resolve(name), content);
  }

  private List<String> written() throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private ObjectNode json(String name) {
    return JsonFiles.read(output.resolve(name));
  }

  @Test
  void copiesEverythingWhenNothingChanges() throws IOException {
    List<String> names =
        List.of(
            "added_tokens.json", "chat_template.jinja", "merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json",
            "vocab.json");
    for (String name : names) {
      if (!name.equals("tokenizer.json")) {
        put(name, "not even read");
      }
    }
    put("model.safetensors", "");
    put("README.md", "");
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Base()), List.of(donor, other), 0);
    plan.write(output);
    assertThat(written()).isEqualTo(names);
    assertThat(names).allMatch(name -> VocabularyPlan.isTokenizerFile(Path.of(name)));
    assertThat(VocabularyPlan.isTokenizerFile(Path.of("generation_config.json"))).isFalse();
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void newTokensEnterEveryTableOfAddedTokens() throws IOException {
    put("tokenizer_config.json", "{\"eos_token\": \"<s>\", \"added_tokens_decoder\": {\"2\": {\"content\": \"<s>\", \"note\": \"kept\"}}}");
    put("special_tokens_map.json", "{\"eos_token\": {\"content\": \"<s>\"}}");
    put("added_tokens.json", "{\"<s>\": 2}");
    put("vocab.json", "{\"a\": 0, \"b\": 1}");
    put("merges.txt", "");
    VocabularyPlan plan = VocabularyPlan.build(UNION, List.of(donor, other), -1);
    plan.write(output);
    assertThat(written())
        .containsExactly(
            "added_tokens.json", "merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json");
    assertThat(TokenizerJson.open(output).id("<t>")).isEqualTo(4);
    assertThat(json("added_tokens.json").toString()).isEqualTo("{\"<s>\":2,\"c\":3,\"<t>\":4}");
    assertThat(json("tokenizer_config.json").get("added_tokens_decoder").toString())
        .isEqualTo(
            "{\"2\":{\"content\":\"<s>\",\"note\":\"kept\"},"
                + "\"3\":{\"content\":\"c\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":true,\"special\":false},"
                + "\"4\":{\"content\":\"<t>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
                + "\"special\":true}}");
    assertThat(json("special_tokens_map.json").at("/eos_token/content").textValue()).isEqualTo("<s>");
    assertThat(plan.warnings()).singleElement().asString().contains("model B brings 1 ordinary token");
  }

  @Test
  void otherFormsThatCannotKnowTheNewTokensAreLeftOut() throws IOException {
    put("tokenizer_config.json", "{}");
    put("vocab.json", "{\"a\": 0, \"b\": 1}");
    put("merges.txt", "");
    put("tokenizer.model", "");
    VocabularyPlan plan = VocabularyPlan.build(UNION, List.of(donor, other), -1);
    plan.write(output);
    assertThat(written()).containsExactly("tokenizer.json", "tokenizer_config.json");
    assertThat(plan.warnings()).last().asString().contains("vocab.json, merges.txt, tokenizer.model", "left out");
  }

  @Test
  void rolesOfTrimmedTokensAreEmptied() throws IOException {
    put("tokenizer_config.json", "{\"eos_token\": \"<s>\", \"bos_token\": {\"content\": \"a\"}, \"added_tokens_decoder\": {\"2\": {}}}");
    put("special_tokens_map.json", "{\"eos_token\": \"<s>\", \"bos_token\": \"a\"}");
    put("vocab.json", "{\"a\": 0, \"b\": 1}");
    VocabularyModel shorter = new VocabularyModel(donor.reference(), "A", donor.folder(), 2, donor.part());
    VocabularyPlan plan = VocabularyPlan.build(TokenizerSpec.of(new Source.Base()), List.of(shorter), -1);
    plan.write(output);
    assertThat(json("tokenizer_config.json").toString())
        .isEqualTo("{\"eos_token\":null,\"bos_token\":{\"content\":\"a\"},\"added_tokens_decoder\":{}}");
    assertThat(json("special_tokens_map.json").toString()).isEqualTo("{\"bos_token\":\"a\"}");
    assertThat(written()).contains("vocab.json");
    assertThat(plan.warnings()).anyMatch(warning -> warning.startsWith("tokenizer_config.json: the eos_token <s>"));
  }
}
