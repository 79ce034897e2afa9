package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.merge.TensorTask.ModelInput;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Recipes that put slices of models together. */
class SlicesPlanTest extends PlanTestCase {

  @BeforeEach
  void writeModels() {
    write("A", layerTypes(TinyModel.layers(4), "full", "sliding", "full", "sliding"));
    write("B", layerTypes(TinyModel.layers(4), "b0", "b1", "b2", "b3"));
    write("C", TinyModel.layers(6));
  }

  private static TinyModel layerTypes(TinyModel model, String... types) {
    return model.config(
        config -> {
          for (String type : types) {
            config.withArray("layer_types").add(type);
          }
          config.putArray("mlp_only_layers").add(1).add(3);
          config.putArray("eos_token_id").add(1).add(2).add(3).add(4);
        });
  }

  @Test
  void layersAreRenumberedAndTheConfigurationFollows() {
    MergePlan plan =
        plan(
            "merge_method: passthrough",
            "slices:",
            "- sources: [{model: A, layer_range: [0, 3]}]",
            "- sources: [{model: B, layer_range: [1, 3], parameters: {scale: [{filter: layers.1., value: 0.5}]}}]",
            "- sources: [{model: C, layer_range: [5, 6]}]");
    assertThat(names(plan)).hasSize(2 * 6 + 2);
    assertThat(sources(tensor(plan, "model.layers.2" + UP))).containsExactly("A/model.layers.2" + UP);
    assertThat(sources(tensor(plan, "model.layers.3" + UP))).containsExactly("B/model.layers.1" + UP);
    assertThat(sources(tensor(plan, "model.layers.4" + Q))).containsExactly("B/model.layers.2" + Q);
    assertThat(sources(tensor(plan, "model.layers.5" + UP))).containsExactly("C/model.layers.5" + UP);
    assertThat(sources(tensor(plan, EMBEDDING))).containsExactly("A/" + EMBEDDING);
    assertThat(sources(tensor(plan, NORM))).containsExactly("C/" + NORM);
    // a model's own parameters look at the name that the tensor has in the model
    assertThat(tensor(plan, "model.layers.3" + UP).models().get(0).parameters().number("scale")).isEqualTo(0.5);
    assertThat(tensor(plan, "model.layers.4" + UP).models().get(0).parameters().has("scale")).isFalse();
    JsonNode config = plan.config();
    assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(6);
    assertThat(config.path("layer_types")).extracting(JsonNode::asText).containsExactly("full", "sliding", "full", "b1", "b2", "sliding");
    assertThat(config.path("mlp_only_layers")).extracting(JsonNode::asInt).containsExactly(1, 3);
    assertThat(config.path("eos_token_id")).hasSize(4);
  }

  @Test
  void gradientsRunOverTheSliceAndStartOutsideTheLayers() {
    String[] recipe = {
      "merge_method: slerp",
      "base_model: A",
      "slices:",
      "- sources: [{model: A, layer_range: [0, 3]}, {model: B, layer_range: [0, 3]}]",
      "- sources: [{model: A, layer_range: [3, 4]}, {model: B, layer_range: [3, 4]}]",
      "parameters: {t: [0.25, 0.75]}"
    };
    MergePlan plan = plan(recipe);
    assertThat(t(plan, "model.layers.0" + UP)).isEqualTo(0.25);
    assertThat(t(plan, "model.layers.1" + UP)).isEqualTo(0.5);
    assertThat(t(plan, "model.layers.2" + UP)).isEqualTo(0.75);
    assertThat(t(plan, "model.layers.3" + UP)).isEqualTo(0.75);
    assertThat(t(plan, EMBEDDING)).isEqualTo(0.25);
    assertThat(t(plan, NORM)).isEqualTo(0.25);
    recipe[recipe.length - 1] += "\ngradient_ends: depth";
    plan = plan(recipe);
    assertThat(t(plan, EMBEDDING)).isEqualTo(0.25);
    assertThat(t(plan, NORM)).isEqualTo(0.75);
  }

  private static double t(MergePlan plan, String tensor) {
    return tensor(plan, tensor).parameters().number("t");
  }

  @Test
  void aBaseThatASliceDoesNotListTakesTheSameLayers() {
    MergePlan plan =
        plan(
            "merge_method: task_arithmetic",
            "base_model: C",
            "parameters: {weight: 1}",
            "slices:",
            "- sources: [{model: A, layer_range: [2, 4]}]",
            "- sources: [{model: A, layer_range: [0, 1]}, {model: B, layer_range: [0, 1]}]",
            "  base_model: B");
    assertThat(sources(tensor(plan, "model.layers.1" + UP))).containsExactly("A/model.layers.3" + UP, "C/model.layers.3" + UP);
    assertThat(sources(tensor(plan, "model.layers.2" + UP))).containsExactly("A/model.layers.0" + UP, "B/model.layers.0" + UP);
    assertThat(tensor(plan, "model.layers.2" + UP).base()).isEqualTo(1);
    assertThat(tensor(plan, NORM).base()).isEqualTo(1);
    assertThat(sources(tensor(plan, NORM))).containsExactly("A/" + NORM, "B/" + NORM);
    assertThat(plan.donor().label()).isEqualTo("C");
    refused(
        lines(
            "merge_method: task_arithmetic",
            "base_model: C",
            "parameters: {weight: 1}",
            "slices:",
            "- sources: [{model: A, layer_range: [0, 2]}, {model: B, layer_range: [1, 3]}]"),
        "different layers", "base model C must be listed");
    refused(
        lines(
            "merge_method: task_arithmetic",
            "base_model: A",
            "parameters: {weight: 1}",
            "slices:",
            "- sources: [{model: C, layer_range: [4, 6]}]"),
        "the base model A has only 4 layers", "[4, 6]");
  }

  @Test
  void theLastSliceGivesNormAndHeadWithAllOfItsSources() {
    String[] recipe = {
      "merge_method: linear",
      "parameters: {weight: 1}",
      "slices:",
      "- sources: [{model: A, layer_range: [0, 2]}]",
      "- sources: [{model: C, layer_range: [2, 4]}, {model: B, layer_range: [2, 4]}]"
    };
    assertThat(tensor(plan(recipe), NORM).models()).extracting(ModelInput::label).containsExactly("C", "B");
    assertThat(tensor(mergekit(recipe), NORM).models()).extracting(ModelInput::label).containsExactly("C");
    assertThat(tensor(mergekit(recipe), EMBEDDING).models()).extracting(ModelInput::label).containsExactly("A");
  }

  @Test
  void rangesMustLieInTheModel() {
    refused(
        lines("merge_method: passthrough", "slices: [{sources: [{model: A, layer_range: [2, 5]}]}]"),
        "layer_range [2, 5] of model A", "it has 4");
  }
}
