package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.GoldenMerge;
import dev.wootz.merge.recipe.RecipeReader;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plans of the recipes whose outputs mergekit has made: same names, shapes, types and configuration. */
class GoldenPlansTest {
  private static final Path GOLDEN = GoldenMerge.carried();

  static Stream<Path> cases() throws IOException {
    return Files.list(GOLDEN.resolve("cases")).sorted();
  }

  private static MergePlan plan(String recipe, Path models) {
    return MergePlan.of(RecipeReader.parse(recipe, "test.yml"), models, models, OptionalLong.empty());
  }

  private static MergePlan plan(Path recipe, Mode mode, Path models) {
    return MergePlan.of(RecipeReader.read(recipe, mode), models, models, OptionalLong.of(42));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tensorsAreThoseOfMergekitsOutput(Path folder) {
    for (DType type : new DType[] {DType.BF16, DType.F32}) {
      Path output = folder.resolve(type == DType.BF16 ? "out-bf16.safetensors" : "out-fp32.safetensors");
      if (!Files.exists(output)) {
        continue;
      }
      try (MergePlan plan = plan(folder.resolve("config.yml"), Mode.MERGEKIT, GOLDEN.resolve(type == DType.BF16 ? "bf16" : "fp32"));
          Checkpoint expected = Checkpoint.open(output)) {
        assertThat(plan.tensors()).hasSize(24);
        for (TensorInfo tensor : expected.tensors().values()) {
          TensorPlan planned = plan.tensors().stream().filter(each -> each.name().equals(tensor.name())).findFirst().orElseThrow();
          assertThat(planned.shape()).isEqualTo(tensor.shape());
          assertThat(planned.outputType()).isEqualTo(tensor.dtype());
        }
        assertThat(plan.config().path("num_hidden_layers").asInt()).isEqualTo(2);
        assertThat(plan.config().path("tie_word_embeddings").asBoolean()).isTrue();
      }
      try (MergePlan plan = plan(folder.resolve("config.yml"), null, GOLDEN.resolve("bf16"))) {
        assertThat(plan.tensors()).hasSize(24);
        assertThat(plan.warnings()).isEmpty();
      }
    }
  }

  @Test
  void vocabulariesOfAUnion() {
    Path folder = GOLDEN.resolve("tokenizer/case_union_linear");
    try (MergePlan plan = plan(folder.resolve("config.yml"), null, GOLDEN.resolve("tokenizer"))) {
      ObjectNode expected = JsonFiles.read(folder.resolve("out-config.json"));
      ObjectNode config = plan.config();
      assertThat(config.path("vocab_size")).isEqualTo(expected.path("vocab_size"));
      assertThat(config.path("tie_word_embeddings").asBoolean()).isFalse();
      int rows = expected.path("vocab_size").asInt();
      for (String name : List.of("model.embed_tokens.weight", "lm_head.weight")) {
        TensorPlan tensor = plan.tensors().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        assertThat(tensor.shape()).isEqualTo(Shape.of(rows, 16));
        assertThat(tensor.sources()).extracting(SourcePlan::rows).allSatisfy(plans -> assertThat(plans.count()).isEqualTo(rows));
      }
      assertThat(plan.vocabulary().rows()).isEqualTo(rows);
      assertThat(plan.tensors().stream().filter(tensor -> tensor.sources().get(0).rows() != null)).hasSize(2);
    }
  }

  @Test
  void vocabulariesOfTheBaseAndOfAModelThatIsNotMerged() {
    Path models = GOLDEN.resolve("tokenizer");
    String recipe = "merge_method: linear\nmodels: [{model: A}]\nparameters: {weight: 1}\n";
    try (MergePlan plan = plan(recipe + "tokenizer_source: B\n", models)) {
      assertThat(plan.models()).hasSize(1);
      assertThat(embedding(plan).sources().get(0).rows().count()).isEqualTo(263);
      assertThat(embedding(plan).lenders()).isEmpty();
      assertThat(plan.config().path("vocab_size").asInt()).isEqualTo(263);
    }
    String forced = "tokenizer: {source: base, pad_to_multiple_of: 32, tokens: {a: {source: B, force: true}}}\nbase_model: base\n";
    try (MergePlan plan = plan(recipe + forced, models)) {
      assertThat(plan.models()).extracting(OpenModel::label).containsExactly("A", "base", "B");
      assertThat(plan.config().path("vocab_size").asInt()).isEqualTo(288);
      assertThat(embedding(plan).sources()).hasSize(1);
      assertThat(embedding(plan).lenders()).extracting(lender -> lender.model().label()).containsExactly("base", "B");
    }
  }

  private static TensorPlan embedding(MergePlan plan) {
    return plan.tensors().stream().filter(tensor -> tensor.name().contains("embed")).findFirst().orElseThrow();
  }
}
