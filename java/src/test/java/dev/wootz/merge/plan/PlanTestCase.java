package dev.wootz.merge.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Plans recipes over models in a folder of the test's own. */
abstract class PlanTestCase {
  static final String UP = ".mlp.up_proj.weight";
  static final String Q = ".self_attn.q_proj.weight";
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String HEAD = "lm_head.weight";

  @TempDir Path models;
  private final List<MergePlan> opened = new ArrayList<>();

  @AfterEach
  void closePlans() {
    opened.forEach(MergePlan::close);
  }

  void write(String name, TinyModel model) {
    model.write(models.resolve(name));
  }

  /** @param lines of the recipe, whose paths start in the models' folder */
  MergePlan plan(String... lines) {
    return plan(null, lines);
  }

  MergePlan mergekit(String... lines) {
    return plan(Mode.MERGEKIT, lines);
  }

  private MergePlan plan(@Nullable Mode mode, String... lines) {
    MergePlan plan =
        MergePlan.of(
            RecipeReader.parse(String.join("\n", lines), "test.yml", mode), models, models.resolve("recipes"), OptionalLong.empty());
    opened.add(plan);
    return plan;
  }

  void refused(String[] lines, String... parts) {
    refused(null, lines, parts);
  }

  void refused(@Nullable Mode mode, String[] lines, String... parts) {
    MergeException thrown = catchThrowableOfType(MergeException.class, () -> plan(mode, lines));
    assertThat(thrown).isNotNull().hasMessageContainingAll(parts).hasMessageStartingWith("test.yml");
  }

  static String[] lines(String... lines) {
    return lines;
  }

  static TensorPlan tensor(MergePlan plan, String name) {
    return plan.tensors().stream().filter(tensor -> tensor.name().equals(name)).findFirst().orElseThrow();
  }

  static List<String> names(MergePlan plan) {
    return plan.tensors().stream().map(TensorPlan::name).toList();
  }

  /** {@code model/tensor} of each source. */
  static List<String> sources(TensorPlan tensor) {
    return tensor.sources().stream().map(source -> source.model() + "/" + source.tensor().name()).toList();
  }

  static List<Double> numbers(TensorPlan tensor, String parameter) {
    return tensor.models().stream().map(ModelInput::parameters).map(parameters -> parameters.number(parameter)).toList();
  }
}
