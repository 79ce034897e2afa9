package dev.wootz.merge.plan;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.recipe.TokenizerSpec;
import dev.wootz.merge.vocabulary.VocabularyModel;
import dev.wootz.merge.vocabulary.VocabularyModel.Part;
import dev.wootz.merge.vocabulary.VocabularyPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The output's vocabulary, where a recipe asks for one, and the models whose matrices give its rows.
 *
 * @param plan numbers models as {@link OpenModel#index} does
 */
record ModelVocabularies(VocabularyPlan plan, List<OpenModel> givers) {

  /** @param inputs the models that are merged, the base among them even where it only gives its configuration */
  static ModelVocabularies of(
      Recipe recipe,
      TokenizerSpec spec,
      List<OpenModel> models,
      Set<OpenModel> inputs,
      @Nullable OpenModel base,
      Map<OpenModel, LayerStack> stacks,
      ModelFolders folders) {
    List<VocabularyModel> parts = new ArrayList<>();
    for (OpenModel model : models) {
      parts.add(part(recipe, model, stacks.get(model), inputs.contains(model) ? Part.INPUT : Part.LENDER));
    }
    if (spec.source() instanceof TokenizerSpec.Source.Model source
        && models.stream().noneMatch(model -> model.reference().equals(source.model()))) {
      ModelReference reference = source.model();
      Path folder = folders.find(reference.model(), "the source \"" + reference + "\" of the tokenizer");
      parts.add(new VocabularyModel(reference, reference.toString(), folder, Integer.MAX_VALUE, Part.TOKENIZER));
    }
    return new ModelVocabularies(VocabularyPlan.build(spec, parts, base == null ? -1 : base.index()), models);
  }

  private static VocabularyModel part(Recipe recipe, OpenModel model, LayerStack stack, Part part) {
    SourcePlan embedding =
        model.checkpoint().tensors().keySet().stream()
            .filter(name -> Role.of(name, stack) == Role.EMBEDDING)
            .findFirst()
            .map(name -> SourcePlan.of(model, name))
            .orElseThrow(
                () -> new MergeException(recipe.name() + ": model " + model + " has no embedding matrix, which a new vocabulary needs"));
    Path folder = model.folder();
    if (embedding.replacement() != null && Files.exists(model.lora().path().resolve("tokenizer.json"))) {
      folder = model.lora().path(); // an adapter that was trained with more tokens
    }
    return new VocabularyModel(model.reference(), model.label(), folder, Math.toIntExact(embedding.shape().extent(0)), part);
  }
}
