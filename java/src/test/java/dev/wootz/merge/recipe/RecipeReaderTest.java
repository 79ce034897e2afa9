package dev.wootz.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.Mode;
import dev.wootz.merge.recipe.Slice.LayerRange;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recipes that must be read, and what must come out. */
class RecipeReaderTest {

  static Stream<Path> goldenRecipes() throws URISyntaxException, IOException {
    URL cases = RecipeReaderTest.class.getResource("/golden/merge/cases");
    return Files.list(Path.of(cases.toURI())).map(folder -> folder.resolve("config.yml")).filter(Files::exists).sorted();
  }

  @ParameterizedTest
  @MethodSource("goldenRecipes")
  void mergekitsRecipesAreRead(Path file) throws IOException {
    Recipe recipe = RecipeReader.read(file);
    assertThat(recipe.warnings()).isEmpty();
    assertThat(recipe.mode()).isEqualTo(Files.readString(file).contains("compat: mergekit") ? Mode.MERGEKIT : Mode.WOOTZ);
    assertThat(RecipeReader.read(file, Mode.MERGEKIT).mode()).isEqualTo(Mode.MERGEKIT);
  }

  private static Recipe parse(String... lines) {
    return RecipeReader.parse(String.join("\n", lines), "test.yml");
  }

  @Test
  void everyTopLevelKey() {
    Recipe recipe =
        parse(
            "merge_method: dare_ties",
            "models:",
            "  - model: A",
            "    parameters: {weight: 0.5, density: [0.2, 0.8]}",
            "  - model: {model: {path: B+C@d, revision: main}, lora: {path: L}, override_architecture: Qwen3ForCausalLM}",
            "    parameters: {weight: 1e-5}",
            "base_model: base@v1",
            "parameters: {lambda: 1.1, normalize: yes, int8_mask: on}",
            "dtype: torch.float32",
            "out_dtype: bfloat16",
            "tokenizer:",
            "  source: union",
            "  pad_to_multiple_of: 64",
            "  tokens:",
            "    <|im_end|>: {source: A, force: true}",
            "    <pad>: {source: {kind: zero}}",
            "    <a>: {source: {kind: model_token, model: B, token: <b>}}",
            "    <c>: {source: {kind: model_token, model: B, token_id: 7}}",
            "    <d>:",
            "chat_template: chatml",
            "compat: mergekit",
            "seed: 42",
            "rescale_mode: l1",
            "gradient_ends: depth");
    assertThat(recipe.method().name()).isEqualTo("dare_ties");
    assertThat(recipe.wholeModels()).isTrue();
    Slice slice = recipe.slices().get(0);
    assertThat(slice.sources()).extracting(source -> source.model().toString()).containsExactly("A", "B+C@d@main+L");
    ModelReference b = slice.sources().get(1).model();
    assertThat(b.model()).isEqualTo(new ModelReference.Part("B+C@d", "main"));
    assertThat(b.lora()).isEqualTo(new ModelReference.Part("L", null));
    assertThat(b.architecture()).isEqualTo("Qwen3ForCausalLM");
    assertThat(slice.sources().get(0).parameters().get("density").at("x", 0.5)).contains(0.5);
    assertThat(slice.sources().get(1).parameters().get("weight").at("x", 0)).contains(1e-5);
    assertThat(recipe.baseModel()).isEqualTo(ModelReference.parse("base@v1"));
    assertThat(recipe.parameters().get("normalize").at("x", 0)).contains(true);
    assertThat(recipe.parameters().get("rescale_mode").at("x", 0)).contains("l1");
    assertThat(recipe.dtype()).isEqualTo(DType.F32);
    assertThat(recipe.outDtype()).isEqualTo(DType.BF16);
    assertThat(recipe.chatTemplate()).isEqualTo("chatml");
    assertThat(recipe.mode()).isEqualTo(Mode.MERGEKIT);
    assertThat(recipe.seed()).hasValue(42);
    assertThat(recipe.gradientEnds()).isEqualTo(Recipe.GradientEnds.DEPTH);
    TokenizerSpec tokenizer = recipe.tokenizer();
    assertThat(tokenizer.source()).isEqualTo(new TokenizerSpec.Source.Union());
    assertThat(tokenizer.padToMultipleOf()).isEqualTo(64);
    assertThat(tokenizer.tokens().get("<|im_end|>"))
        .isEqualTo(new TokenizerSpec.TokenRule(new TokenizerSpec.RowSource.SameToken(ModelReference.parse("A")), true));
    assertThat(tokenizer.tokens().get("<pad>").source()).isEqualTo(new TokenizerSpec.RowSource.Zero());
    assertThat(tokenizer.tokens().get("<a>").source()).isEqualTo(new TokenizerSpec.RowSource.Token(ModelReference.parse("B"), "<b>"));
    assertThat(tokenizer.tokens().get("<c>").source()).isEqualTo(new TokenizerSpec.RowSource.TokenId(ModelReference.parse("B"), 7));
    assertThat(tokenizer.tokens().get("<d>")).isEqualTo(new TokenizerSpec.TokenRule(null, false));
  }

  @Test
  void slices() {
    Recipe recipe =
        parse(
            "merge_method: slerp",
            "base_model: A",
            "slices:",
            "  - sources:",
            "      - {model: A, layer_range: [0, 4]}",
            "      - {model: B, layer_range: [2, 6]}",
            "    parameters: {t: [0, 1]}",
            "  - sources:",
            "      - {model: C, layer_range: [4, 8]}",
            "      - {model: B, layer_range: [4, 8]}",
            "    base_model: C",
            "    parameters: {t: 0.5}");
    assertThat(recipe.wholeModels()).isFalse();
    assertThat(recipe.slices()).hasSize(2);
    assertThat(recipe.slices().get(0).sources().get(1).layers()).isEqualTo(new LayerRange(2, 6));
    assertThat(recipe.baseOf(recipe.slices().get(0))).isEqualTo(ModelReference.parse("A"));
    assertThat(recipe.baseOf(recipe.slices().get(1))).isEqualTo(ModelReference.parse("C"));
  }

  @Test
  void oneModuleIsReadAsTheRecipe() {
    Recipe recipe =
        parse(
            "merge_method: linear",
            "modules:",
            "  text_decoder:",
            "    models:",
            "      - {model: A, parameters: {weight: [{filter: mlp, value: 3}]}}",
            "      - model: B",
            "    parameters:",
            "      weight: [{filter: attn, value: 2}]",
            "parameters: {weight: 1}");
    assertThat(recipe.slices().get(0).sources()).hasSize(2);
    ParameterResolver resolver = new ParameterResolver(recipe, recipe.slices().get(0));
    Slice.Source a = recipe.slices().get(0).sources().get(0);
    assertThat(resolver.model(a, "mlp", "mlp", 0).number("weight")).isEqualTo(3);
    assertThat(resolver.model(a, "attn", "attn", 0).number("weight")).isEqualTo(2);
    assertThat(resolver.model(a, "norm", "norm", 0).number("weight")).isEqualTo(1);
  }

  @Test
  void anchorsAndMergeKeys() {
    Recipe recipe =
        parse(
            "merge_method: ties",
            "base_model: base",
            "models:",
            "  - model: A",
            "    parameters: &usual {weight: 0.25, density: 0.5}",
            "  - model: B",
            "    parameters: {<<: *usual, weight: 0.75}",
            "  - model: C",
            "    parameters: *usual");
    List<Slice.Source> sources = recipe.slices().get(0).sources();
    assertThat(sources).extracting(source -> source.parameters().get("weight").at("x", 0).orElseThrow()).containsExactly(0.25, 0.75, 0.25);
    assertThat(sources).extracting(source -> source.parameters().get("density").at("x", 0).orElseThrow()).containsExactly(0.5, 0.5, 0.5);
  }

  @Test
  void numbersOfBothYamls() {
    for (String number : List.of("1e-5", "1.0e-05", "0.00001", ".00001", "\"0.00001\"", "1E-5", "+1e-5")) {
      Recipe recipe = parse("merge_method: linear", "models:", "- {model: A, parameters: {weight: " + number + "}}");
      assertThat(recipe.slices().get(0).sources().get(0).parameters().get("weight").at("x", 0)).as(number).contains(1e-5);
    }
    Recipe recipe = parse("merge_method: linear", "models: [{model: A, parameters: {weight: 1_000.}}]");
    assertThat(recipe.slices().get(0).sources().get(0).parameters().get("weight").at("x", 0)).contains(1000.0);
  }

  @Test
  void flagsOfBothYamls() {
    for (String flag : List.of("true", "True", "yes", "YES", "on", "1", "\"true\"")) {
      Recipe recipe = parse("merge_method: linear", "models: [{model: A}]", "parameters: {weight: 1, normalize: " + flag + "}");
      assertThat(recipe.parameters().get("normalize").at("x", 0)).as(flag).contains(true);
      String negated = flag.replace("1", "0").replaceAll("(?i)true", "false").replaceAll("(?i)yes", "no").replaceAll("(?i)on", "off");
      recipe = parse("merge_method: linear", "models: [{model: A}]", "parameters: {weight: 1, normalize: " + negated + "}");
      assertThat(recipe.parameters().get("normalize").at("x", 0)).as(negated).contains(false);
    }
  }

  @Test
  void emptyValuesAreAbsent() {
    Recipe recipe =
        parse("merge_method: linear", "models: [{model: A}]", "parameters: {weight: 1}", "base_model:", "dtype: null", "seed: ~");
    assertThat(recipe.baseModel()).isNull();
    assertThat(recipe.dtype()).isNull();
    assertThat(recipe.seed()).isEmpty();
  }

  @Test
  void byteOrderMarksAndWindowsLines() {
    Recipe recipe = RecipeReader.parse("\uFEFFmerge_method: linear\r\nmodels:\r\n- model: A\r\nparameters:\r\n  weight: 1\r\n", "test.yml");
    assertThat(recipe.method().name()).isEqualTo("linear");
  }

  @Test
  void mergekitsModeTurnsIgnoredKeysIntoWarnings() {
    Recipe recipe =
        parse(
            "merge_method: ties",
            "compat: mergekit",
            "base_model: base",
            "models:",
            "- {model: A, parameters: {weight: 1, densty: 0.5, t: 1, lambda: 2}, colour: red}",
            "- {model: B, parameters: {weight: 0.25, density: 1.5}}",
            "- {model: B, parameters: {weight: 1.0}}",
            "lamda: 2");
    assertThat(recipe.warnings())
        .hasSize(7)
        .anyMatch(warning -> warning.matches("test.yml:5:.*did you mean `density`\\?.*ignored.*"))
        .anyMatch(warning -> warning.contains("ties takes weight, density"))
        .anyMatch(warning -> warning.contains("`lambda`") && warning.contains("for all models"))
        .anyMatch(warning -> warning.contains("unknown key `colour`"))
        .anyMatch(warning -> warning.contains("model B is listed twice"))
        .anyMatch(warning -> warning.matches(".*`density` in the parameters of model B must be from 0 to 1.*taken as it is.*"))
        .anyMatch(warning -> warning.contains("unknown key `lamda`"));
    List<Slice.Source> sources = recipe.slices().get(0).sources();
    assertThat(sources).hasSize(2);
    assertThat(sources.get(1).parameters().get("weight").at("x", 0)).contains(0.25);
  }

  @Test
  void theModeGivenComesBeforeTheRecipes() {
    String text = "merge_method: linear\nmodels: [{model: A}]\nparameters: {weight: 1}\ncompat: mergekit\n";
    assertThat(RecipeReader.parse(text, "test.yml", Mode.WOOTZ).mode()).isEqualTo(Mode.WOOTZ);
    assertThat(RecipeReader.parse(text, "test.yml", null).mode()).isEqualTo(Mode.MERGEKIT);
  }
}
