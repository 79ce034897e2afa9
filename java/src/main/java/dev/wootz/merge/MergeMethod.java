package dev.wootz.merge;

import dev.wootz.tensor.DType;
import java.util.List;

/** A way to merge tensors of equal shape. Stateless; one file per method in {@code merge/method}. */
public interface MergeMethod {

  /** What {@code merge_method} in a recipe calls it. */
  String name();

  /** Every parameter it knows. */
  List<Parameter> parameters();

  /** What it does with {@code base_model}. */
  BaseModel baseModel();

  /** Fewest models it merges. The base is not counted, listed or not, unless {@link #baseModel} is DONOR or MEMBER and it is listed. */
  int minModels();

  /** Most models it merges, counted in the same way. */
  int maxModels();

  /**
   * Throws {@link MergeException} for resolved values that it cannot merge with (weights that sum to zero, a density that leaves no
   * room for epsilon). Called for every output tensor before the first one is read.
   *
   * @param parameters the global ones
   * @param models the listed models, with theirs
   */
  default void check(Parameters parameters, List<TensorTask.ModelInput> models, Mode mode) {}

  Tiling tiling(TensorTask task);

  /** The first pass over one tensor. Throws {@link MergeException} for values that this method cannot merge with. */
  Pass start(TensorTask task);

  /** dtype of the output when the recipe names none; {@code usual} is the base's (the first model's without a base). */
  default DType outputType(DType usual, Mode mode) {
    return usual;
  }

  /**
   * How many draws of the MT19937 stream this tensor takes in {@link Mode#MERGEKIT}; the stream is handed out in the order of the
   * tensors' names.
   */
  default long draws(TensorTask task) {
    return 0;
  }

  enum BaseModel {
    /** Must be given; the others are merged relative to it. */
    REQUIRED,
    /** May be given. */
    OPTIONAL,
    /** Has no meaning for the numbers: donor of config and tokenizer only. */
    DONOR,
    /** Is one of the models: an error unless it is listed; {@link Mode#MERGEKIT} lets it join unlisted. */
    MEMBER
  }

  enum Tiling {
    /** Any cut will do. */
    ELEMENTS,
    /** Tiles are whole rows (last dimension). */
    ROWS
  }
}
