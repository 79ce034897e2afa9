package dev.wootz.model;

import dev.wootz.model.rope.RotaryEmbedding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the computation of a decoder depends on, beside its weights.
 *
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; heads is a multiple of it
 * @param headDim elements of a head; heads * headDim need not be hidden
 * @param intermediate width of the gated MLP
 * @param tied whether the output projection is the embedding matrix
 * @param attentionBias whether the projections of queries, keys and values add biases
 * @param outputBias whether the attention's output projection adds one
 * @param mlpBias whether the MLP's projections do
 * @param windows for each layer how many positions a token sees, its own counted in; 0 for all
 * @param experts null for a dense model
 * @param maxPositions the longest context that the model is made for
 * @param bos id of the token that begins a text, -1 for none
 * @param eos ids of the tokens that end one
 */
public record ModelConfig(
    Architecture architecture,
    int vocabulary,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    double normEpsilon,
    boolean tied,
    boolean attentionBias,
    boolean outputBias,
    boolean mlpBias,
    RotaryEmbedding rope,
    List<Integer> windows,
    @Nullable Experts experts,
    int maxPositions,
    int bos,
    List<Integer> eos) {

  /** No model has as many layers, or as many experts in one; larger numbers are taken for a damaged file. */
  static final int MOST_LAYERS = 4096;

  /**
   * A mixture of experts.
   *
   * @param count experts of a layer
   * @param perToken how many of them a token goes to
   * @param intermediate width of one expert
   * @param normalize whether the weights of the chosen experts are made to sum to 1
   * @param denseLayers the layers that have a gated MLP instead
   */
  public record Experts(int count, int perToken, int intermediate, boolean normalize, List<Integer> denseLayers) {}

  public ModelConfig {
    windows = List.copyOf(windows);
    eos = List.copyOf(eos);
  }

  /** Whether a layer has experts. */
  public boolean sparse(int layer) {
    return experts != null && !experts.denseLayers().contains(layer);
  }
}
