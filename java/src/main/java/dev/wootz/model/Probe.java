package dev.wootz.model;

import dev.wootz.tensor.Tensor;

/** Sees activations while a step is computed: for tests against other implementations, and for whoever wants to look inside. */
public interface Probe {
  /** Sees nothing. */
  Probe NONE = (name, layer, activation, rows, cols) -> {};

  /**
   * @param name of the activation: {@code embed}, {@code input_norm}, {@code q_norm}, {@code attn_ctx}, {@code layer}, {@code final_norm} ...
   * @param layer from 0 on; -1 outside of layers
   * @param activation f32, of which the first {@code rows * cols} elements count; valid during the call only
   */
  void see(String name, int layer, Tensor activation, int rows, int cols);
}
