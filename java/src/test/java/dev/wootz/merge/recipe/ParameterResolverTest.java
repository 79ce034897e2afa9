package dev.wootz.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.merge.Parameters;
import dev.wootz.merge.recipe.ParameterValue.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Gradients, filters and precedence, against values computed by hand. */
class ParameterResolverTest {
  private static final double EXACT = 1e-15;

  private static Rule gradient(Object... steps) {
    return new Rule(null, List.of(steps), Position.NONE);
  }

  @Test
  void gradientsAreInterpolated() {
    Rule three = gradient(0.0, 1.0, 0.5);
    assertThat((double) three.at(0)).isEqualTo(0);
    assertThat((double) three.at(0.25)).isCloseTo(0.5, within(EXACT));
    assertThat((double) three.at(0.5)).isEqualTo(1);
    assertThat((double) three.at(0.75)).isCloseTo(0.75, within(EXACT));
    assertThat((double) three.at(1)).isEqualTo(0.5);
    // 28 layers, layer 5: s = 5/27 * 4 = 20/27, between 0.1 and 0.3
    assertThat((double) gradient(0.1, 0.3, 0.5, 0.7, 0.9).at(5 / 27.0)).isCloseTo(0.1 + 0.2 * 20 / 27, within(EXACT));
    assertThat((double) gradient(0.7).at(1)).isEqualTo(0.7);
  }

  @Test
  void whatIsNoNumberStandsUntilTheNextStep() {
    Rule flags = gradient(true, false, true);
    assertThat(flags.at(0)).isEqualTo(true);
    assertThat(flags.at(0.49)).isEqualTo(true);
    assertThat(flags.at(0.5)).isEqualTo(false);
    assertThat(flags.at(0.99)).isEqualTo(false);
    assertThat(flags.at(1)).isEqualTo(true);
  }

  private static final Recipe RECIPE =
      RecipeReader.parse(
          """
          merge_method: ties
          base_model: base
          slices:
          - sources:
            - model: A
              layer_range: [0, 2]
              parameters:
                weight:
                - {filter: q_proj, value: [0, 1]}
                - {filter: self_attn, value: 0.25}
                density: 0.3
            - model: B
              layer_range: [0, 2]
            - model: base
              layer_range: [0, 2]
            parameters:
              weight:
              - {filter: mlp.up, value: 0.125}
              lambda: 2
          parameters:
            weight:
            - {filter: mlp, value: 0.75}
            - {filter: "*", value: 0.5}
            density: [{filter: norm, value: 0.9}]
            lambda: 3
            normalize: [{filter: self_attn, value: true}]
          """,
          "test.yml");

  private static Parameters model(int source, String tensor, double t) {
    Slice slice = RECIPE.slices().get(0);
    return new ParameterResolver(RECIPE, slice).model(slice.sources().get(source), tensor, "out", t);
  }

  @Test
  void theInnermostLevelWithAFittingFilterDecides() {
    assertThat(model(0, "layers.0.self_attn.q_proj.weight", 0.5).number("weight")).isEqualTo(0.5);
    assertThat(model(0, "layers.0.self_attn.k_proj.weight", 0.5).number("weight")).isEqualTo(0.25);
    assertThat(model(0, "layers.0.mlp.up_proj.weight", 0).number("weight")).isEqualTo(0.125);
    assertThat(model(0, "layers.0.mlp.down_proj.weight", 0).number("weight")).isEqualTo(0.75);
    assertThat(model(0, "layers.0.input_layernorm.weight", 0).number("weight")).isEqualTo(0.5);
    assertThat(model(1, "layers.0.self_attn.q_proj.weight", 0.5).number("weight")).isEqualTo(0.5);
    assertThat(model(0, "layers.0.input_layernorm.weight", 0).number("density")).isEqualTo(0.3);
    assertThat(model(1, "layers.0.input_layernorm.weight", 0).number("density")).isEqualTo(0.9);
    assertThat(model(1, "layers.0.mlp.up_proj.weight", 0).number("density")).isEqualTo(1);
  }

  @Test
  void globalParametersSkipTheModelsOwn() {
    ParameterResolver resolver = new ParameterResolver(RECIPE, RECIPE.slices().get(0));
    assertThat(resolver.global("layers.0.self_attn.q_proj.weight", 0).number("lambda")).isEqualTo(2);
    assertThat(resolver.global("layers.0.self_attn.q_proj.weight", 0).flag("normalize")).isTrue();
    assertThat(resolver.global("layers.0.self_attn.q_proj.weight", 0).has("weight")).isFalse();
  }

  @Test
  void aTensorWithoutARequiredValueIsNamed() {
    Recipe recipe =
        RecipeReader.parse(
            """
            merge_method: ties
            base_model: base
            models:
            - model: A
              parameters: {weight: [{filter: mlp, value: 1}]}
            - model: base
            """,
            "test.yml");
    Slice slice = recipe.slices().get(0);
    ParameterResolver resolver = new ParameterResolver(recipe, slice);
    assertThat(resolver.model(slice.sources().get(0), "x.mlp.up", "y.mlp.up", 0).number("weight")).isEqualTo(1);
    assertThatThrownBy(() -> resolver.model(slice.sources().get(0), "x.attn", "y.attn", 0))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("ties needs the parameter `weight` for model A at tensor y.attn: no filter fits x.attn");
    assertThat(resolver.model(slice.sources().get(1), "x.attn", "y.attn", 0).has("weight")).isFalse();
  }
}
