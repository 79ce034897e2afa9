package dev.wootz.model;

/** Qwen3-MoE (Qwen3 Technical Report, 2025): Qwen3 with a mixture of experts for the MLP, in all layers or in some. */
final class Qwen3Moe {
  private Qwen3Moe() {}

  static DecoderLayer layer(Binding binding, int index) {
    Mlp mlp = binding.config().sparse(index) ? new ExpertMlp(binding, index) : new GatedMlp(binding, index);
    return new DecoderLayer(new SelfAttention(binding, index), mlp);
  }
}
