package dev.wootz.model;

/**
 * Qwen3 (Qwen Team, Qwen3 Technical Report, 2025): grouped-query attention with an RMS norm on each head's queries and keys before rotation, no
 * biases, heads whose width is set apart from the hidden size; gated MLP.
 */
final class Qwen3 {
  private Qwen3() {}

  static DecoderLayer layer(Binding binding, int index) {
    return new DecoderLayer(new SelfAttention(binding, index), new GatedMlp(binding, index));
  }
}
