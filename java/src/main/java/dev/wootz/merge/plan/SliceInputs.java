package dev.wootz.merge.plan;

import dev.wootz.merge.MergeMethod.BaseModel;
import dev.wootz.merge.Mode;
import dev.wootz.merge.recipe.ParameterResolver;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.recipe.Slice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The models of one slice, and where their layers begin.
 *
 * @param listed in recipe order
 * @param base what the slice is merged relative to; null for none
 * @param layers how many the slice adds to the output
 */
record SliceInputs(Slice slice, List<Input> listed, @Nullable Input base, int layers, ParameterResolver parameters) {

  /**
   * @param source the recipe's entry; null for a base that is not listed
   * @param firstLayer the model's layer that the slice's first layer is made from
   */
  record Input(OpenModel model, LayerStack stack, Slice.@Nullable Source source, int firstLayer) {
    String layerTensor(int layer, String suffix) {
      return stack.name(firstLayer + layer, suffix);
    }

    boolean has(String tensor) {
      return model.checkpoint().tensors().containsKey(tensor);
    }
  }

  boolean isBase(Input input) {
    return base != null && base.model() == input.model();
  }

  /** Whether the method merges relative to the base, as opposed to treating it as one more model or as none. */
  static boolean relative(Recipe recipe) {
    BaseModel use = recipe.method().baseModel();
    return use == BaseModel.REQUIRED || use == BaseModel.OPTIONAL;
  }

  /** Whether the tensors of a base that is not listed are read, not only its configuration. */
  static boolean readsBase(Recipe recipe) {
    return relative(recipe) || recipe.method().baseModel() == BaseModel.MEMBER && recipe.mode() == Mode.MERGEKIT;
  }

  /** The inputs whose tensors are read: the listed ones, then the base if it is not among them. */
  List<Input> taking(Recipe recipe) {
    if (base == null || !readsBase(recipe) || listed.stream().anyMatch(this::isBase)) {
      return listed;
    }
    List<Input> taking = new ArrayList<>(listed);
    taking.add(base);
    return taking;
  }

  /** Place of a layer in the slice: 0 for the first, 1 for the last and for the only one. */
  double t(int layer) {
    return layers == 1 ? 1 : (double) layer / (layers - 1);
  }

  /** The first {@code count} listed models only. */
  SliceInputs truncated(int count) {
    return listed.size() <= count ? this : new SliceInputs(slice, listed.subList(0, count), base, layers, parameters);
  }
}
