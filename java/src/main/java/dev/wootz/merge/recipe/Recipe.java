package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.tensor.DType;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A merge as a user wrote it down: checked against what the method takes, not yet against the models.
 *
 * @param name what to call it in messages: the file
 * @param text the YAML as it was read
 * @param slices one slice over all layers for a recipe that lists {@code models}
 * @param baseModel what the others are merged relative to; donor of config and tokenizer
 * @param parameters global parameters, before them those of the module if the recipe has one
 * @param dtype inputs are converted to it before they are merged; null leaves them as they are stored
 * @param outDtype the output is converted to it; null leaves that to {@code dtype} and the method
 * @param chatTemplate {@code auto}, the name of a built-in template or the template; null carries the donor's along
 * @param seed of random methods; empty when the recipe names none
 * @param warnings what {@link Mode#MERGEKIT} lets pass and {@link Mode#WOOTZ} refuses
 */
public record Recipe(
    String name,
    String text,
    MergeMethod method,
    List<Slice> slices,
    @Nullable ModelReference baseModel,
    ParameterSet parameters,
    @Nullable DType dtype,
    @Nullable DType outDtype,
    @Nullable TokenizerSpec tokenizer,
    @Nullable String chatTemplate,
    Mode mode,
    OptionalLong seed,
    GradientEnds gradientEnds,
    List<String> warnings) {

  public Recipe {
    slices = List.copyOf(slices);
    warnings = List.copyOf(warnings);
  }

  /** Where gradients put the tensors after the last layer: final norm and output projection. */
  public enum GradientEnds {
    /** At the first value, like the embeddings: mergekit's convention. */
    FIRST,
    /** At the last value. */
    DEPTH
  }

  /** Whether the recipe lists whole models rather than slices of them. */
  public boolean wholeModels() {
    return slices.size() == 1 && slices.get(0).sources().stream().allMatch(source -> source.layers() == null);
  }

  /** What a slice is merged relative to. */
  public @Nullable ModelReference baseOf(Slice slice) {
    return slice.baseModel() != null ? slice.baseModel() : baseModel;
  }

  Recipe with(List<Slice> otherSlices, List<String> otherWarnings) {
    return new Recipe(
        name, text, method, otherSlices, baseModel, parameters, dtype, outDtype, tokenizer, chatTemplate, mode, seed, gradientEnds,
        otherWarnings);
  }
}
