package dev.wootz.merge.vocabulary;

import static dev.wootz.merge.vocabulary.ToyVocabularies.rows;
import static dev.wootz.merge.vocabulary.ToyVocabularies.tokens;
import static dev.wootz.merge.vocabulary.ToyVocabularies.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.recipe.TokenizerSpec.RowSource;
import dev.wootz.merge.recipe.TokenizerSpec.Source;
import dev.wootz.merge.recipe.TokenizerSpec.TokenRule;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.tokenizer.AddedToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyPlanTest {
  private static final TokenizerSpec UNION = TokenizerSpec.of(new Source.Union());
  private static final TokenizerSpec BASE = TokenizerSpec.of(new Source.Base());

  @TempDir Path folder;
  private ToyVocabularies toys;

  @BeforeEach
  void toys() {
    toys = new ToyVocabularies(folder);
  }

  private static TokenizerSpec of(String model) {
    return TokenizerSpec.of(new Source.Model(ModelReference.parse(model)));
  }

  private static TokenizerSpec union(int padTo, Map<String, TokenRule> rules) {
    return new TokenizerSpec(new Source.Union(), rules, padTo);
  }

  private static TokenRule rule(@Nullable RowSource source, boolean force) {
    return new TokenRule(source, force);
  }

  private static RowSource from(String model) {
    return new RowSource.SameToken(ModelReference.parse(model));
  }

  // -- ids -----------------------------------------------------------------------------------------------------------------------

  @Test
  void unionKeepsTheBasesIdsAndAppendsOrdinaryThenAddedTokensInRecipeOrder() {
    List<VocabularyModel> models =
        List.of(
            toys.model("A", "a", "x", "<s>", "<A>", "y"),
            toys.model("B", "z", "y", "b", "<B>", "<s>"),
            toys.model("C", "<s>", "a", "<C>"));
    assertThat(tokens(VocabularyPlan.build(UNION, models, 2))).isEqualTo("<s> a <C> x y z b <A> <B>");
    assertThat(tokens(VocabularyPlan.build(UNION, models, -1))).isEqualTo("a x <s> <A> y z b <B> <C>");
  }

  @Test
  void whatIsOrdinaryInOneModelAndAddedInAnotherIsAdded() {
    List<VocabularyModel> models = List.of(toys.model("A", "a"), toys.model("B", "b", "=<c>"), toys.model("C", "<c>", "b"));
    VocabularyPlan plan = VocabularyPlan.build(UNION, models, -1);
    assertThat(tokens(plan)).isEqualTo("a b <c>");
    assertThat(plan.tokenizer().addedTokens())
        .containsExactly(AddedToken.ordinary(1, "b"), new AddedToken(2, "<c>", false, false, false, false, true));
    assertThat(plan.warnings()).singleElement().asString().startsWith("model B brings 1 ordinary token that model A lacks (\"b\")");
  }

  @Test
  void aControlTokenThatIsOrdinaryInTheBaseBecomesAddedWithTheBasesId() {
    List<VocabularyModel> models = List.of(toys.model("base", "a", "=<t>"), toys.model("A", "<t>", "a"));
    VocabularyPlan plan = VocabularyPlan.build(UNION, models, 0);
    assertThat(tokens(plan)).isEqualTo("a <t>");
    assertThat(plan.tokenizer().addedTokens()).containsExactly(new AddedToken(1, "<t>", false, false, false, false, true));
    assertThat(plan.tokenizer().ordinaryTokens()).isEqualTo(2);
  }

  @Test
  void baseAndModelTakeOneVocabulary() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b"), toys.model("B", "c", "a"));
    assertThat(tokens(VocabularyPlan.build(BASE, models, 1))).isEqualTo("c a");
    assertThat(tokens(VocabularyPlan.build(BASE, models, -1))).isEqualTo("a b");
    assertThat(tokens(VocabularyPlan.build(of("B"), models, 0))).isEqualTo("c a");
  }

  @Test
  void tokensBeyondTheMatrixAreIgnored() {
    List<VocabularyModel> models = List.of(toys.model("A", 2, "a", "b", "<A>"), toys.model("B", 2, "b", "c", "<s>", "d"));
    VocabularyPlan plan = VocabularyPlan.build(UNION, models, -1);
    assertThat(tokens(plan)).isEqualTo("a b c");
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 A1 B1");
    assertThat(rows(plan.rows(1), models)).isEqualTo("A0 B0 B1");
    assertThat(plan.warnings()).anyMatch(warning -> warning.contains("model A has 2 embedding rows: 1 token with higher ids"));
  }

  @Test
  void rowsThatNoTokenHasAreLeftOut() {
    List<VocabularyModel> models = List.of(toys.model("A", 8, "a", "b"));
    VocabularyPlan plan = VocabularyPlan.build(BASE, models, -1);
    assertThat(plan.rows()).isEqualTo(2);
  }

  @Test
  void rulesAddTokens() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b"), toys.model("B", "c", "a"));
    Map<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("<new>", rule(new RowSource.Token(ModelReference.parse("B"), "c"), false));
    rules.put("<zero>", rule(new RowSource.Zero(), false));
    rules.put("<nothing>", rule(null, false));
    VocabularyPlan plan = VocabularyPlan.build(new TokenizerSpec(new Source.Base(), rules, 1), models, 0);
    assertThat(tokens(plan)).isEqualTo("a b <new> <zero> <nothing>");
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 A1 B0 0 0");
    assertThat(plan.warnings()).singleElement().asString().contains("no model has a row for 1 token of the output (\"<nothing>\")");
  }

  @Test
  void holesArePadding() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "", "b"));
    VocabularyPlan plan = VocabularyPlan.build(BASE, models, -1);
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 _ A2");
    assertThat(plan.warnings()).singleElement().asString().contains("model A has 1 id without a token");
  }

  @Test
  void padsToAMultiple() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b", "c", "d", "e"));
    VocabularyPlan plan = VocabularyPlan.build(union(4, Map.of()), models, -1);
    assertThat(plan.rows()).isEqualTo(8);
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 A1 A2 A3 A4 _ _ _");
    assertThat(plan.rows(0).tokenRows()).isEqualTo(5);
    assertThat(VocabularyPlan.build(union(5, Map.of()), models, -1).rows()).isEqualTo(5);
  }

  // -- rows ----------------------------------------------------------------------------------------------------------------------

  @Test
  void tokensThatAModelLacksGetTheOnlyOwnersRowTheBasesOrTheMean() {
    List<VocabularyModel> models =
        List.of(toys.model("A", "a", "b"), toys.model("B", "c", "b", "e"), toys.model("C", "c", "d", "b"), toys.model("D", "e", "d"));
    VocabularyPlan without = VocabularyPlan.build(UNION, models, -1);
    assertThat(tokens(without)).isEqualTo("a b c e d");
    assertThat(rows(without.rows(0), models)).isEqualTo("A0 A1 (B0+C0) (B2+D0) (C1+D1)");
    assertThat(rows(without.rows(3), models)).isEqualTo("A0 (A1+B1+C2) (B0+C0) D0 D1");
    VocabularyPlan withBase = VocabularyPlan.build(UNION, models, 2);
    assertThat(tokens(withBase)).isEqualTo("c d b a e");
    assertThat(rows(withBase.rows(0), models)).isEqualTo("C0 C1 A1 A0 (B2+D0)");
    assertThat(rows(withBase.rows(2), models)).isEqualTo("C0 C1 C2 A0 (B2+D0)");
  }

  @Test
  void rulesChooseTheDefaultAndForceIt() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b", "c"), toys.model("B", "c", "b", "d"));
    Map<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("a", rule(new RowSource.Token(ModelReference.parse("B"), "d"), false));
    rules.put("b", rule(from("B"), true));
    rules.put("c", rule(null, true));
    rules.put("d", rule(new RowSource.TokenId(ModelReference.parse("A"), 1), false));
    VocabularyPlan plan = VocabularyPlan.build(union(1, rules), models, -1);
    assertThat(tokens(plan)).isEqualTo("a b c d");
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 B1 (A2+B0) A1");
    assertThat(rows(plan.rows(1), models)).isEqualTo("B2 B1 (A2+B0) B2");
    rules.put("c", rule(new RowSource.Zero(), true));
    VocabularyPlan zero = VocabularyPlan.build(union(1, rules), models, -1);
    assertThat(rows(zero.rows(0), models)).isEqualTo("A0 B1 0 A1");
    assertThat(zero.warnings()).noneMatch(warning -> warning.contains("zeros"));
  }

  @Test
  void forcedDefaultOfTheBase() {
    List<VocabularyModel> models = List.of(toys.model("A", "a"), toys.model("B", "a"), toys.model("base", "a"));
    VocabularyPlan plan = VocabularyPlan.build(union(1, Map.of("a", rule(null, true))), models, 2);
    assertThat(rows(plan.rows(0), models)).isEqualTo("base0");
  }

  @Test
  void lendersGiveRowsButNoTokens() {
    VocabularyModel lender = with(toys.model("L", "l", "a"), Part.LENDER);
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b"), lender);
    TokenRule fromLender = rule(new RowSource.Token(lender.reference(), "l"), true);
    VocabularyPlan plan = VocabularyPlan.build(union(1, Map.of("b", fromLender)), models, -1);
    assertThat(tokens(plan)).isEqualTo("a b");
    assertThat(rows(plan.rows(0), models)).isEqualTo("A0 L0");
    VocabularyPlan source = VocabularyPlan.build(of("L"), models, -1);
    assertThat(tokens(source)).isEqualTo("l a");
    assertThat(rows(source.rows(0), models)).isEqualTo("L0 A0");
    List<VocabularyModel> tokenizerOnly = List.of(models.get(0), with(lender, Part.TOKENIZER));
    VocabularyPlan rowless = VocabularyPlan.build(of("L"), tokenizerOnly, -1);
    assertThat(rows(rowless.rows(0), models)).isEqualTo("0 A0");
    assertThat(rowless.warnings()).singleElement().asString().contains("1 token of the output (\"l\")");
  }

  @Test
  void rulesThatCannotBeFollowed() {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "b"), with(toys.model("L", "l"), Part.TOKENIZER));
    ModelReference a = models.get(0).reference();
    assertThatThrownBy(() -> VocabularyPlan.build(union(1, Map.of("b", rule(new RowSource.Token(a, "x"), true))), models, -1))
        .isInstanceOf(MergeException.class)
        .hasMessage("tokenizer: rule for token \"b\": model A has no token \"x\"");
    assertThatThrownBy(() -> VocabularyPlan.build(union(1, Map.of("b", rule(new RowSource.TokenId(a, 2), true))), models, -1))
        .hasMessageContaining("token_id 2 is beyond the 2 rows of model A");
    assertThatThrownBy(() -> VocabularyPlan.build(union(1, Map.of("n", rule(from("L"), false))), models, -1))
        .hasMessageContaining("model L has no weights");
    assertThatThrownBy(() -> VocabularyPlan.build(union(1, Map.of("n", rule(from("A"), false))), models, -1))
        .hasMessageContaining("model A has no token \"n\"");
  }

  // -- what cannot be ------------------------------------------------------------------------------------------------------------

  @Test
  void onlyBpeIsTrimmed() {
    toys.write("W", "WordPiece", "a", "b", "c", "<s>");
    VocabularyModel model = new VocabularyModel(ModelReference.parse("W"), "W", folder.resolve("W"), 3, Part.INPUT);
    assertThat(tokens(VocabularyPlan.build(BASE, List.of(model), -1))).isEqualTo("a b c");
    VocabularyModel shorter = new VocabularyModel(model.reference(), "W", model.folder(), 2, Part.INPUT);
    assertThatThrownBy(() -> VocabularyPlan.build(BASE, List.of(shorter), -1))
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("model W has 2 embedding rows")
        .hasMessageContaining("WordPiece");
  }

  @Test
  void aTrimmedTokenMustNotBePutAroundTexts() throws IOException {
    VocabularyModel model = toys.model("A", 1, "a", "<s>");
    Path file = model.folder().resolve("tokenizer.json");
    Files.writeString(
        file,
        Files.readString(file)
            .replaceFirst(
                "\\{",
                "{\"post_processor\": {\"type\": \"TemplateProcessing\", "
                    + "\"special_tokens\": {\"<s>\": {\"id\": \"<s>\", \"ids\": [1]}}},"));
    assertThatThrownBy(() -> VocabularyPlan.build(BASE, List.of(model), -1)).hasMessageContaining("puts token 1 around every text");
  }

  @Test
  void saysWhichTokenizerIsMissing() throws IOException {
    VocabularyModel model = toys.model("A", "a");
    Files.delete(model.folder().resolve("tokenizer.json"));
    assertThatThrownBy(() -> VocabularyPlan.build(BASE, List.of(model), -1))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(model.folder().toString());
  }

  // -- configurations ------------------------------------------------------------------------------------------------------------

  @Test
  void renumbersTheTokensOfConfigurations() throws IOException {
    List<VocabularyModel> models = List.of(toys.model("A", "a", "<s>", "<e>"), toys.model("B", "b", "<s>", "a"));
    VocabularyPlan plan = VocabularyPlan.build(of("B"), models, -1);
    ObjectNode config =
        (ObjectNode)
            new ObjectMapper()
                .readTree(
                    "{\"bos_token_id\": 1, \"eos_token_id\": [2, 0, 1], \"pad_token_id\": 2, \"unk_token_id\": null, \"x_token_id\": -1,"
                        + " \"size\": 2}");
    List<String> warnings = new ArrayList<>();
    plan.renumber(config, 0, warnings::add);
    assertThat(config.toString())
        .isEqualTo("{\"bos_token_id\":1,\"eos_token_id\":[2,1],\"pad_token_id\":null,\"unk_token_id\":null,\"x_token_id\":-1,\"size\":2}");
    assertThat(warnings).hasSize(2).first().asString().contains("eos_token_id 2");
    assertThat(plan.outputId(0, 0)).isEqualTo(2);
    assertThat(plan.outputId(0, 99)).isEqualTo(-1);
  }
}
