package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.MergeMethod.BaseModel;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.recipe.Slice.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a method demands of a recipe as a whole: a base model, the number of models, parameters, ranges of equal length. */
final class RecipeChecks {
  private final Recipe recipe;
  private final MergeMethod method;
  private final List<String> warnings;

  private RecipeChecks(Recipe recipe) {
    this.recipe = recipe;
    this.method = recipe.method();
    this.warnings = new ArrayList<>(recipe.warnings());
  }

  /** The recipe, without the models that {@link Mode#MERGEKIT} drops. */
  static Recipe check(Recipe recipe) {
    RecipeChecks checks = new RecipeChecks(recipe);
    List<Slice> slices = new ArrayList<>();
    for (Slice slice : recipe.slices()) {
      Slice distinct = checks.withoutDuplicates(slice);
      checks.checkLayers(distinct);
      checks.checkBase(distinct);
      checks.checkModels(distinct);
      checks.checkRequired(distinct);
      slices.add(distinct);
    }
    return recipe.with(slices, checks.warnings);
  }

  private RecipeException error(Position position, String message) {
    return new RecipeException(recipe.name(), position, message);
  }

  private Slice withoutDuplicates(Slice slice) {
    Map<ModelReference, Source> distinct = new LinkedHashMap<>();
    for (Source source : slice.sources()) {
      Source first = distinct.putIfAbsent(source.model(), source);
      if (first == null) {
        continue;
      }
      String message = "model " + source.model() + " is listed twice (first at line " + first.position().line() + ")";
      if (recipe.mode() == Mode.WOOTZ || !Objects.equals(source.layers(), first.layers())) {
        throw error(source.position(), message);
      }
      warnings.add(RecipeException.printable(recipe.name(), source.position(), message + "; only the first entry counts, as in mergekit"));
    }
    return new Slice(List.copyOf(distinct.values()), slice.baseModel(), slice.parameters(), slice.position());
  }

  private void checkLayers(Slice slice) {
    Source first = slice.sources().get(0);
    for (Source source : slice.sources()) {
      if (source.layers() != null && first.layers() != null && source.layers().count() != first.layers().count()) {
        throw error(
            source.position(),
            "all sources of a slice give the same number of layers: " + source.model() + " has " + source.layers().count() + " in "
                + source.layers() + ", " + first.model() + " has " + first.layers().count() + " in " + first.layers());
      }
    }
  }

  private void checkBase(Slice slice) {
    ModelReference base = recipe.baseOf(slice);
    if (base == null && method.baseModel() == BaseModel.REQUIRED) {
      throw error(slice.position(), method.name() + " needs a `base_model`");
    }
    if (base != null && method.baseModel() == BaseModel.MEMBER && !slice.lists(base) && recipe.mode() == Mode.WOOTZ) {
      throw error(
          slice.position(),
          method.name() + " treats all models alike: list base_model " + base + " among the models to merge it with them, or leave it out"
              + " (mergekit merges it with them; `compat: mergekit` does the same)");
    }
  }

  private void checkModels(Slice slice) {
    ModelReference base = recipe.baseOf(slice);
    boolean relative = method.baseModel() == BaseModel.REQUIRED || method.baseModel() == BaseModel.OPTIONAL;
    int models = slice.sources().size();
    if (relative && base != null && slice.lists(base)) {
      models--;
    } else if (method.baseModel() == BaseModel.MEMBER && base != null && !slice.lists(base)) {
      models++;
    }
    int least = method.minModels();
    int most = method.maxModels();
    if (models < least || models > most) {
      String range = least == most ? "exactly " + least : most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most;
      boolean besides = relative && base != null;
      throw error(
          slice.position(),
          method.name() + " merges " + range + (range.endsWith(" 1") ? " model" : " models") + (besides ? " with the base model" : "")
              + ", found " + models + (besides ? " besides " + base : ""));
    }
  }

  /** Every required parameter must be given somewhere; whether its filters fit every tensor is known once the tensors are. */
  private void checkRequired(Slice slice) {
    ModelReference base = recipe.baseOf(slice);
    for (Parameter parameter : method.parameters()) {
      if (parameter.fallback() != null) {
        continue;
      }
      String name = parameter.name();
      if (recipe.parameters().get(name) != null || slice.parameters().get(name) != null) {
        continue;
      }
      if (parameter.scope() == Parameter.Scope.GLOBAL) {
        throw error(slice.position(), method.name() + " needs the parameter `" + name + "`; give it in `parameters`");
      }
      for (Source source : slice.sources()) {
        if (source.parameters().get(name) == null && !exempt(method, source.model(), base)) {
          throw error(source.position(), method.name() + " needs the parameter `" + name + "` for model " + source.model());
        }
      }
    }
  }

  /** Whether a model is what others are merged relative to, so that it needs no parameters of its own. */
  static boolean exempt(MergeMethod method, ModelReference model, @Nullable ModelReference base) {
    return model.equals(base) && (method.baseModel() == BaseModel.REQUIRED || method.baseModel() == BaseModel.OPTIONAL);
  }
}
