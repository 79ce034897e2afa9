package dev.wootz.model;

/**
 * Qwen2 and Qwen2.5 (Yang et al., 2024): grouped-query attention with biases on queries, keys and values; gated MLP.
 */
final class Qwen2 {
  private Qwen2() {}

  static DecoderLayer layer(Binding binding, int index) {
    return new DecoderLayer(new SelfAttention(binding, index), new GatedMlp(binding, index));
  }
}
