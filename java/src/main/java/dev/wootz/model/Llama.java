package dev.wootz.model;

/**
 * Llama 2 and 3 (Touvron et al., 2023; Grattafiori et al., 2024): grouped-query attention without biases or head norms; gated MLP. SmolLM2 and
 * many others have the same shape.
 */
final class Llama {
  private Llama() {}

  static DecoderLayer layer(Binding binding, int index) {
    return new DecoderLayer(new SelfAttention(binding, index), new GatedMlp(binding, index));
  }
}
