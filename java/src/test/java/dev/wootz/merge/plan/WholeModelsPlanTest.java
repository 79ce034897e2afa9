package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.FormatException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.recipe.RecipeReader;
import dev.wootz.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Recipes that list whole models. */
class WholeModelsPlanTest extends PlanTestCase {
  private static final String[] LINEAR = {"merge_method: linear", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}"};

  @BeforeEach
  void writeModels() {
    write("A", TinyModel.layers(3));
    write("B", TinyModel.layers(3));
    write("base", TinyModel.layers(3));
  }

  @Test
  void aBaseThatIsNotListedIsOneMoreSource() {
    MergePlan plan =
        plan(
            "merge_method: ties",
            "models:",
            "- {model: A, parameters: {weight: [0, 1], density: 0.5}}",
            "- {model: B, parameters: {weight: [{filter: q_proj, value: 2}, {value: 3}]}}",
            "base_model: base",
            "parameters: {lambda: [{filter: layers.1, value: 0.25}]}",
            "seed: 7");
    assertThat(names(plan))
        .containsExactly(
            EMBEDDING, "model.layers.0" + UP, "model.layers.0" + Q, "model.layers.1" + UP, "model.layers.1" + Q, "model.layers.2" + UP,
            "model.layers.2" + Q, NORM);
    assertThat(plan.models()).extracting(OpenModel::label).containsExactly("A", "B", "base");
    assertThat(plan.donor().label()).isEqualTo("base");
    assertThat(plan.seed()).isEqualTo(7);
    TensorPlan up = tensor(plan, "model.layers.1" + UP);
    assertThat(sources(up)).containsExactly("A/" + up.name(), "B/" + up.name(), "base/" + up.name());
    assertThat(up.base()).isEqualTo(2);
    assertThat(up.shape()).isEqualTo(Shape.of(8, 4));
    assertThat(up.models()).extracting(ModelInput::source).containsExactly(0, 1);
    assertThat(up.models()).extracting(ModelInput::model).containsExactly(0, 1);
    assertThat(numbers(up, "weight")).containsExactly(0.5, 3.0);
    assertThat(numbers(up, "density")).containsExactly(0.5, 1.0);
    assertThat(up.parameters().number("lambda")).isEqualTo(0.25);
    assertThat(up.bytesToRead()).isEqualTo(3 * 64);
    assertThat(up.bytesToWrite()).isEqualTo(64);
    assertThat(numbers(tensor(plan, "model.layers.2" + Q), "weight")).containsExactly(1.0, 2.0);
    assertThat(numbers(tensor(plan, NORM), "weight")).containsExactly(0.0, 3.0);
    assertThat(plan.warnings()).isEmpty();
  }

  @Test
  void aListedBaseIsWhereTheRecipeHasIt() {
    MergePlan plan =
        plan(
            "merge_method: ties",
            "models: [{model: base}, {model: A, parameters: {weight: 1}}]",
            "base_model: base",
            "parameters: {density: 0.5}");
    TensorPlan norm = tensor(plan, NORM);
    assertThat(norm.base()).isZero();
    assertThat(norm.models()).extracting(ModelInput::label).containsExactly("base", "A");
    assertThat(norm.models().get(0).parameters().has("weight")).isFalse();
    assertThat(norm.sources()).hasSize(2);
  }

  @Test
  void whatOnlyGivesItsConfigurationIsNotRead() {
    write("base", TinyModel.layers(3).config(config -> config.put("note", "the base's")));
    MergePlan plan = plan("merge_method: linear", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}", "base_model: base");
    assertThat(tensor(plan, NORM).base()).isEqualTo(-1);
    assertThat(sources(tensor(plan, NORM))).containsExactly("A/" + NORM, "B/" + NORM);
    assertThat(plan.config().path("note").asText()).isEqualTo("the base's");
  }

  @Test
  void aListedBaseOfAMeanIsOneOfItsModels() {
    MergePlan plan = plan("merge_method: linear", "models: [{model: A}, {model: B}]", "parameters: {weight: 1}", "base_model: B");
    assertThat(tensor(plan, NORM).base()).isEqualTo(-1);
    assertThat(tensor(plan, NORM).models()).hasSize(2);
    assertThat(plan.donor().label()).isEqualTo("B");
  }

  @Test
  void karchersBaseJoinsInMergekitsMode() {
    MergePlan plan = mergekit("merge_method: karcher", "models: [{model: A}, {model: B}]", "base_model: base");
    assertThat(tensor(plan, NORM).models()).extracting(ModelInput::label).containsExactly("A", "B", "base");
  }

  @Test
  void theSeedGivenComesBeforeTheRecipes() {
    assertThat(plan(LINEAR).seed()).isZero();
    String recipe = String.join("\n", LINEAR) + "\nseed: 5";
    try (MergePlan plan = MergePlan.of(RecipeReader.parse(recipe, "test.yml"), models, models, OptionalLong.of(9))) {
      assertThat(plan.seed()).isEqualTo(9);
    }
  }

  @Test
  void valuesThatAMethodCannotMergeWithNameTheTensor() {
    refused(
        lines(
            "merge_method: linear",
            "models:",
            "- {model: A, parameters: {weight: [{filter: norm, value: -1}, {value: 1}]}}",
            "- {model: B, parameters: {weight: 1}}"),
        "tensor " + NORM, "sum");
    refused(
        lines("merge_method: della", "base_model: base", "models: [{model: A}]", "parameters: {weight: 1, density: 0.9, epsilon: 0.2}"),
        "tensor model.layers.0" + UP, "epsilon 0.2 of model A");
    refused(
        lines("merge_method: ties", "base_model: base", "models: [{model: A, parameters: {weight: [{filter: mlp, value: 1}]}}]"),
        "needs the parameter `weight` for model A at tensor model.layers.0" + Q);
  }

  @Test
  void pathsStartInTheWorkingDirectoryThenInTheRecipesFolder() throws IOException {
    Path folder = Files.createDirectories(models.resolve("recipes"));
    TinyModel.layers(3).write(folder.resolve("C"));
    TinyModel.layers(3).write(folder.resolve("A"));
    MergePlan plan =
        plan(
            "merge_method: linear", "models: [{model: A}, {model: C}, {model: " + models.resolve("B") + "}]", "parameters: {weight: 1}");
    assertThat(plan.models()).extracting(OpenModel::path).containsExactly(models.resolve("A"), folder.resolve("C"), models.resolve("B"));
    refused(
        lines("merge_method: linear", "models: [{model: Qwen/Qwen3-4B}]", "parameters: {weight: 1}"),
        "model \"Qwen/Qwen3-4B\" is not there",
        models.resolve("Qwen/Qwen3-4B").toString(),
        folder.resolve("Qwen/Qwen3-4B").toString(),
        "hub");
    refused(lines("merge_method: linear", "models: [{model: \"a\\0b\"}]", "parameters: {weight: 1}"), "is no path");
  }

  @Test
  void aFileOfWeightsIsAModelToo() {
    TinyModel.layers(3).writeWeights(models.resolve("bare"));
    MergePlan plan = plan("merge_method: linear", "models: [{model: bare/model.safetensors}, {model: A}]", "parameters: {weight: 1}");
    assertThat(plan.tensors()).hasSize(8);
    assertThat(plan.config()).isEmpty();
    assertThat(plan.warnings()).anyMatch(warning -> warning.contains("has no config.json"));
  }

  @Test
  void theSameFolderIsOpenedOnce() {
    MergePlan plan = plan("merge_method: linear", "models: [{model: A}, {model: ./A}]", "parameters: {weight: 1}");
    assertThat(plan.models().get(0).checkpoint()).isSameAs(plan.models().get(1).checkpoint());
  }

  @Test
  void aRevisionOfAFolderIsNotLookedFor() {
    MergePlan plan = plan("merge_method: linear", "models: [{model: A@main}]", "parameters: {weight: 1}");
    assertThat(plan.warnings()).singleElement().asString().contains("model A@main", "no revisions");
  }

  @Test
  void brokenFilesAreTheFormatsBusiness() throws IOException {
    Files.write(models.resolve("A/model.safetensors"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> plan(LINEAR)).isInstanceOf(FormatException.class);
  }

  @Test
  void modelsOfDifferentArchitecturesAreRefused() {
    write("B", TinyModel.layers(3).config(config -> config.putArray("architectures").add("LlamaForCausalLM")));
    refused(LINEAR, "model A is a Qwen3ForCausalLM and model B a LlamaForCausalLM");
    refused(Mode.MERGEKIT, LINEAR, "only models of one architecture");
    plan(
        "merge_method: linear", "models: [{model: A}, {model: {model: B, override_architecture: Qwen3ForCausalLM}}]",
        "parameters: {weight: 1}");
  }

  @Test
  void settingsThatTheOutputCannotKeepApartAreWarnedOf() {
    write("B", TinyModel.layers(3).config(config -> config.put("rope_theta", 1e6)));
    assertThat(plan(LINEAR).warnings()).singleElement().asString().contains("model B", "rope_theta", "1000000.0");
  }

  @Test
  void layersMustBeAsManyAsTheOthersAndAsTheConfigurationSays() {
    write("B", TinyModel.layers(4));
    refused(LINEAR, "model B has 4 layers, model A has 3", "slices");
    write("B", TinyModel.layers(3).config(config -> config.put("num_hidden_layers", 5)));
    refused(LINEAR, "num_hidden_layers 5", "3 layers (model.layers.*)");
    write("B", TinyModel.layers(3).without("model.layers.1" + UP).without("model.layers.1" + Q));
    refused(LINEAR, "model B", "no tensors model.layers.1.*");
  }

  @Test
  void aTensorThatOneModelLacksIsNamed() {
    write("B", TinyModel.layers(3).without("model.layers.1" + UP));
    String missing = "model B has no tensor model.layers.1" + UP;
    refused(LINEAR, missing, "model A has");
    refused(lines("merge_method: linear", "models: [{model: B}, {model: A}]", "parameters: {weight: 1}"), missing);
    refused(lines("merge_method: ties", "models: [{model: A}]", "base_model: B", "parameters: {weight: 1}"), missing);
  }
}
