package dev.wootz.merge.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.Mode;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.vocabulary.VocabularyPlan;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a merge will do: every output tensor with its sources and resolved parameters, the output's configuration, and the open models. Made
 * from headers and configurations alone; everything that can be wrong without looking at values has been checked.
 */
public final class MergePlan implements AutoCloseable {
  private final Recipe recipe;
  private final long seed;
  private final OpenModels models;
  private final List<TensorPlan> tensors;
  private final OpenModel donor;
  private final ObjectNode config;
  private final @Nullable VocabularyPlan vocabulary;
  private final @Nullable String chatTemplate;
  private final List<String> warnings;

  MergePlan(
      Recipe recipe,
      long seed,
      OpenModels models,
      List<TensorPlan> tensors,
      OpenModel donor,
      ObjectNode config,
      @Nullable VocabularyPlan vocabulary,
      @Nullable String chatTemplate,
      List<String> warnings) {
    this.recipe = recipe;
    this.seed = seed;
    this.models = models;
    this.tensors = List.copyOf(tensors);
    this.donor = donor;
    this.config = config;
    this.vocabulary = vocabulary;
    this.chatTemplate = chatTemplate;
    this.warnings = List.copyOf(warnings);
  }

  /** {@link #of(Recipe, Path, Path, OptionalLong)} with the process's working directory. */
  public static MergePlan of(Recipe recipe, Path recipeFolder, OptionalLong seed) {
    return of(recipe, Path.of("").toAbsolutePath(), recipeFolder, seed);
  }

  /**
   * Opens the models and plans. The caller closes the plan. Throws {@link dev.wootz.merge.MergeException} for models that cannot be merged
   * by this recipe, {@link dev.wootz.format.FormatException} for files that cannot be read.
   *
   * @param workingDirectory where relative model paths are looked for first
   * @param recipeFolder where they are looked for next
   * @param seed overrules the recipe's; 0 when there is none at all
   */
  public static MergePlan of(Recipe recipe, Path workingDirectory, Path recipeFolder, OptionalLong seed) {
    ModelFolders folders = new ModelFolders(recipe.name(), workingDirectory.toAbsolutePath(), recipeFolder.toAbsolutePath());
    return new PlanBuilder(recipe, folders).build(seed.isPresent() ? seed.getAsLong() : recipe.seed().orElse(0));
  }

  public Recipe recipe() {
    return recipe;
  }

  public Mode mode() {
    return recipe.mode();
  }

  public long seed() {
    return seed;
  }

  /** Every model that the recipe names, by number. */
  public List<OpenModel> models() {
    return models.all();
  }

  /** Sorted by name. */
  public List<TensorPlan> tensors() {
    return tensors;
  }

  /** The output's config.json, a copy; empty when the donor has none. */
  public ObjectNode config() {
    return config.deepCopy();
  }

  /** The model that configuration and tokenizer come from: the base, else the first model. */
  public OpenModel donor() {
    return donor;
  }

  /** The donor's files beside weights and configuration. */
  public List<Path> companions() {
    return donor.checkpoint().companions();
  }

  /** The output's vocabulary; null where the models' own is kept. */
  public @Nullable VocabularyPlan vocabulary() {
    return vocabulary;
  }

  /** The output's chat template (Jinja); null where the donor's is kept. */
  public @Nullable String chatTemplate() {
    return chatTemplate;
  }

  /** What inputs are converted to before they are merged; null leaves them as they are stored. */
  public @Nullable DType computeType() {
    return recipe.dtype();
  }

  /** A sentence each, in the order in which they came up. */
  public List<String> warnings() {
    return warnings;
  }

  /** Of input files, each tensor counted once for every output tensor that needs it. */
  public long bytesToRead() {
    return tensors.stream().mapToLong(TensorPlan::bytesToRead).sum();
  }

  /** Of tensor data. */
  public long bytesToWrite() {
    return tensors.stream().mapToLong(TensorPlan::bytesToWrite).sum();
  }

  @Override
  public void close() {
    models.close();
  }
}
