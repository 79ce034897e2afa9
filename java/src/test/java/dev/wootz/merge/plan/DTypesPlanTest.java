package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.Mode;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Output types, and tensors that hold no weights. */
class DTypesPlanTest extends PlanTestCase {
  private static final String BUFFER = "model.layers.0.self_attn.rotary_emb.inv_freq";
  private static final String COUNTS = "model.layers.0.mlp.counts";

  @BeforeEach
  void writeModels() {
    write("bf16", TinyModel.layers(2, DType.BF16));
    write("f16", TinyModel.layers(2, DType.F16));
    write("f32", TinyModel.layers(2, DType.F32));
  }

  private static String[] linear(String first, String second, String... more) {
    String models = "models: [{model: " + first + "}, {model: " + second + "}]";
    Stream<String> lines = Stream.of("merge_method: linear", "parameters: {weight: 1}", models);
    return Stream.concat(lines, Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void theRecipesTypes() {
    MergePlan plan = plan(linear("bf16", "bf16@r"));
    assertThat(tensor(plan, NORM).outputType()).isEqualTo(DType.BF16);
    assertThat(plan.computeType()).isNull();
    plan = plan(linear("bf16", "f32", "dtype: float32"));
    assertThat(tensor(plan, NORM).outputType()).isEqualTo(DType.F32);
    assertThat(plan.computeType()).isEqualTo(DType.F32);
    assertThat(plan.config().path("dtype").asText()).isEqualTo("float32");
    assertThat(plan.config().has("torch_dtype")).isFalse();
    plan = plan(linear("f32", "f32@r", "dtype: float32", "out_dtype: torch.bfloat16"));
    assertThat(tensor(plan, NORM).outputType()).isEqualTo(DType.BF16);
    assertThat(plan.config().path("dtype").asText()).isEqualTo("bfloat16");
  }

  @Test
  void theTypeIsWrittenInTheDonorsSpelling() {
    write("old", TinyModel.layers(2).config(config -> config.remove("dtype")).config(config -> config.put("torch_dtype", "bfloat16")));
    MergePlan plan = plan(linear("old", "bf16", "out_dtype: float16"));
    assertThat(plan.config().path("torch_dtype").asText()).isEqualTo("float16");
    assertThat(plan.config().has("dtype")).isFalse();
  }

  @Test
  void mixedTypesGiveTheBasesOrTheFirstModels() {
    assertThat(tensor(plan(linear("bf16", "f32")), NORM).outputType()).isEqualTo(DType.BF16);
    assertThat(tensor(plan(linear("f32", "bf16")), NORM).outputType()).isEqualTo(DType.F32);
    assertThat(tensor(plan(linear("f32", "bf16", "base_model: bf16")), NORM).outputType()).isEqualTo(DType.BF16);
    MergePlan plan = plan("merge_method: ties", "base_model: f16", "models: [{model: f32}]", "parameters: {weight: 1}");
    assertThat(tensor(plan, NORM).outputType()).isEqualTo(DType.F16);
  }

  @Test
  void mergekitPromotesMixedTypes() {
    assertThat(tensor(mergekit(linear("bf16", "f32")), NORM).outputType()).isEqualTo(DType.F32);
    assertThat(tensor(mergekit(linear("bf16", "f16")), NORM).outputType()).isEqualTo(DType.F32);
    MergePlan ties = mergekit("merge_method: ties", "base_model: bf16", "models: [{model: f32}]", "parameters: {weight: 1}");
    assertThat(tensor(ties, NORM).outputType()).isEqualTo(DType.BF16);
    MergePlan slerp = mergekit("merge_method: slerp", "base_model: bf16", "models: [{model: bf16}, {model: f32}]", "parameters: {t: 1}");
    assertThat(tensor(slerp, NORM).outputType()).isEqualTo(DType.BF16);
    MergePlan nearswap = mergekit("merge_method: nearswap", "base_model: bf16", "models: [{model: f32}]", "parameters: {t: 1}");
    assertThat(tensor(nearswap, NORM).outputType()).isEqualTo(DType.F32);
    String[] karcher = {"merge_method: karcher", "models: [{model: bf16}, {model: f32}]"};
    refused(Mode.MERGEKIT, karcher, "karcher cannot merge", "`dtype`");
    mergekit(karcher[0], karcher[1], "dtype: float32");
    plan(karcher);
  }

  @Test
  void mergekitsFusionWritesFloat32() {
    String[] recipe = {"merge_method: arcee_fusion", "base_model: bf16", "models: [{model: bf16@r}]"};
    assertThat(tensor(plan(recipe), NORM).outputType()).isEqualTo(DType.BF16);
    assertThat(tensor(mergekit(recipe), NORM).outputType()).isEqualTo(DType.F32);
    assertThat(tensor(mergekit(recipe[0], recipe[1], recipe[2], "dtype: float16"), NORM).outputType()).isEqualTo(DType.F32);
    assertThat(tensor(plan(recipe[0], recipe[1], recipe[2], "dtype: float16"), NORM).outputType()).isEqualTo(DType.F16);
    assertThat(tensor(mergekit(recipe[0], recipe[1], recipe[2], "out_dtype: float16"), NORM).outputType()).isEqualTo(DType.F16);
  }

  @Test
  void equalBuffersAreCarriedAlong() {
    for (String name : new String[] {"A", "B"}) {
      write(name, TinyModel.layers(2).with(BUFFER, DType.F32, 8).filled(BUFFER, 5).with(COUNTS, DType.I64, 3).filled(COUNTS, 1));
    }
    MergePlan plan = plan(linear("A", "B", "dtype: float32"));
    for (String name : new String[] {BUFFER, COUNTS}) {
      assertThat(tensor(plan, name).method().name()).isEqualTo("passthrough");
      assertThat(sources(tensor(plan, name))).containsExactly("A/" + name);
    }
    assertThat(tensor(plan, BUFFER).outputType()).isEqualTo(DType.F32);
    assertThat(tensor(plan, COUNTS).outputType()).isEqualTo(DType.I64);
  }

  @Test
  void aBufferMayBeMissing() {
    write("A", TinyModel.layers(2));
    write("B", TinyModel.layers(2).with(BUFFER, DType.F32, 8));
    assertThat(sources(tensor(plan(linear("A", "B")), BUFFER))).containsExactly("B/" + BUFFER);
  }

  @Test
  void whatDiffersAndHoldsNoWeightsIsRefused() {
    write("A", TinyModel.layers(2).with(BUFFER, DType.F32, 8).filled(BUFFER, 5));
    write("B", TinyModel.layers(2).with(BUFFER, DType.F32, 8).filled(BUFFER, 6));
    refused(linear("A", "B"), "tensor " + BUFFER, "differs between model A and model B", "computed from the configuration");
    write("A", TinyModel.layers(2).with(COUNTS, DType.I8, 3).filled(COUNTS, 1));
    write("B", TinyModel.layers(2).with(COUNTS, DType.I8, 3));
    refused(linear("A", "B"), "tensor " + COUNTS, "int8", "quantised");
    write("B", TinyModel.layers(2));
    refused(linear("A", "B"), "model B has no tensor " + COUNTS);
  }
}
