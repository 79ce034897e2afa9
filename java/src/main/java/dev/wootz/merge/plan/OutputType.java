package dev.wootz.merge.plan;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeMethod.BaseModel;
import dev.wootz.merge.Mode;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.tensor.DType;
import java.util.List;

/**
 * The dtype of an output tensor: the recipe's {@code out_dtype}, else what the method makes of the recipe's {@code dtype}, else of the
 * base's stored dtype (the first model's without a base). Where stored dtypes differ, {@link Mode#MERGEKIT} promotes as PyTorch does, except for methods
 * that convert everything to the base's dtype.
 */
final class OutputType {
  private OutputType() {}

  /** @param base source number of the base, -1 for none */
  static DType of(Recipe recipe, String output, List<SourcePlan> sources, int base) {
    if (recipe.mode() == Mode.MERGEKIT && recipe.dtype() == null) {
      checkMixed(recipe, output, sources);
    }
    if (recipe.outDtype() != null) {
      return recipe.outDtype();
    }
    if (recipe.dtype() != null) {
      return recipe.method().outputType(recipe.dtype(), recipe.mode());
    }
    boolean promotes = recipe.mode() == Mode.MERGEKIT && !MergekitMethods.keepsBaseType(recipe.method().name());
    DType usual = promotes ? promoted(sources) : sources.get(Math.max(base, 0)).dtype();
    return recipe.method().outputType(usual, recipe.mode());
  }

  /** float16 and bfloat16 together give float32, otherwise the wider type. */
  private static DType promoted(List<SourcePlan> sources) {
    DType promoted = sources.get(0).dtype();
    for (SourcePlan source : sources) {
      DType type = source.dtype();
      if (type != promoted) {
        promoted = type.bytes() > promoted.bytes() ? type : type.bytes() == promoted.bytes() ? DType.F32 : promoted;
      }
    }
    return promoted;
  }

  /** mergekit's karcher fails on its first product of vectors of different dtypes. */
  private static void checkMixed(Recipe recipe, String output, List<SourcePlan> sources) {
    if (recipe.method().baseModel() == BaseModel.MEMBER) {
      for (SourcePlan source : sources) {
        if (source.dtype() != sources.get(0).dtype()) {
          throw new MergeException(
              recipe.name() + ": tensor " + output + " is " + sources.get(0).dtype().torchName() + " in " + sources.get(0).model() + " and "
                  + source.dtype().torchName() + " in " + source.model() + ", which " + recipe.method().name()
                  + " cannot merge in mergekit's mode; set `dtype`");
        }
      }
    }
  }
}
