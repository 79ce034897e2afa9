package dev.wootz.merge;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.List;
import java.util.function.Consumer;

/**
 * One output tensor, as a method sees it.
 *
 * @param name of the output tensor
 * @param shape of every source and of the output; a scalar or 1-D tensor is one row
 * @param sourceTypes dtype of each source as {@link Tile#input} gives it
 * @param models the listed models in recipe order, the base among them only if the recipe lists it
 * @param base source number of the base model, -1 for none
 * @param parameters the global ones, resolved for this tensor
 * @param arithmetic the default mode's: F32 when all sources and the output are 16-bit, else F64; in {@link Mode#MERGEKIT} that of
 *     the compute dtype
 * @param tiles how many tiles this tensor is cut into
 * @param draws the MT19937 stream of {@link Mode#MERGEKIT}, placed at this tensor's first draw; see {@link DrawStream}
 * @param warn takes messages for the user; the tensor's name is added
 */
public record TensorTask(
    String name,
    Shape shape,
    DType outputType,
    List<DType> sourceTypes,
    List<ModelInput> models,
    int base,
    Parameters parameters,
    Mode mode,
    Arithmetic arithmetic,
    long seed,
    Kernels kernels,
    int tiles,
    DrawStream draws,
    Consumer<String> warn) {

  /**
   * A listed model.
   *
   * @param source its number for {@link Tile#input}
   * @param model number of the model in the recipe: the stream number for randomness
   * @param label what to call it in messages
   */
  public record ModelInput(int source, int model, String label, Parameters parameters) {}

  /** The same task when it is known how many tiles it is cut into. */
  public TensorTask withTiles(int tiles) {
    return new TensorTask(
        name, shape, outputType, sourceTypes, models, base, parameters, mode, arithmetic, seed, kernels, tiles, draws, warn);
  }

  public boolean hasBase() {
    return base >= 0;
  }

  /** The listed models without the base. */
  public List<ModelInput> others() {
    return models.stream().filter(m -> m.source() != base).toList();
  }

  public boolean mergekit() {
    return mode == Mode.MERGEKIT;
  }
}
