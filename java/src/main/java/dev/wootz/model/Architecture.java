package dev.wootz.model;

/** The decoder families whose checkpoints Wootz knows tensor by tensor. */
public enum Architecture {
  /** RMS-norms on each head's queries and keys, no biases. */
  QWEN3("Qwen3ForCausalLM", "qwen3"),
  /** Biases on queries, keys and values. */
  QWEN2("Qwen2ForCausalLM", "qwen2"),
  LLAMA("LlamaForCausalLM", "llama");

  private final String className;
  private final String modelType;

  Architecture(String className, String modelType) {
    this.className = className;
    this.modelType = modelType;
  }

  /** What {@code architectures} of config.json holds. */
  public String className() {
    return className;
  }

  /** {@code model_type} of config.json. */
  public String modelType() {
    return modelType;
  }

  boolean headNorms() {
    return this == QWEN3;
  }

  boolean attentionBiases() {
    return this == QWEN2;
  }
}
