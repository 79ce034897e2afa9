package dev.wootz.merge.plan;

/** What a tensor is for, as far as merging cares. Names are those of the Llama and Qwen families and their usual relatives. */
enum Role {
  /** One row per token, before the layers. */
  EMBEDDING,
  LAYER,
  /** After the last layer. */
  FINAL_NORM,
  /** The output projection: one row per token; may be the embedding itself (tied). */
  HEAD,
  /** Computed from the configuration and stored all the same; carried along, never merged. */
  BUFFER,
  /** Anything else outside the layers. */
  OTHER;

  static Role of(String name, LayerStack stack) {
    if (name.endsWith("rotary_emb.inv_freq") || name.endsWith("attn.masked_bias") || name.endsWith("embeddings.position_ids")) {
      return BUFFER;
    }
    if (stack.place(name).isPresent()) {
      return LAYER;
    }
    String last = name.substring(name.lastIndexOf('.', Math.max(0, name.lastIndexOf('.') - 1)) + 1);
    return switch (last) {
      case "embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight", "tok_embeddings.weight" -> EMBEDDING;
      case "lm_head.weight", "embed_out.weight", "output.weight" -> HEAD;
      case "norm.weight", "norm.bias", "ln_f.weight", "ln_f.bias", "final_layernorm.weight", "final_layernorm.bias", "lm_head.bias" ->
          FINAL_NORM;
      default -> OTHER;
    };
  }

  /** Whether there is one row per token. */
  boolean perToken() {
    return this == EMBEDDING || this == HEAD;
  }

  /** Whether it stands after the layers, so that a recipe's last slice gives it. */
  boolean afterLayers() {
    return this == FINAL_NORM || this == HEAD;
  }
}
