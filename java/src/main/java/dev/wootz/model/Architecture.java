package dev.wootz.model;

import java.util.Arrays;
import java.util.Optional;

/** The decoder families whose checkpoints Wootz knows tensor by tensor. */
public enum Architecture {
  /** RMS-norms on each head's queries and keys, no biases. */
  QWEN3("Qwen3ForCausalLM", "qwen3"),
  /** Qwen3 with a mixture of experts in place of the gated MLP. */
  QWEN3_MOE("Qwen3MoeForCausalLM", "qwen3_moe"),
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

  /** The architecture with this {@code model_type}. */
  public static Optional<Architecture> byModelType(String modelType) {
    return Arrays.stream(values()).filter(architecture -> architecture.modelType.equals(modelType)).findFirst();
  }

  boolean headNorms() {
    return this == QWEN3 || this == QWEN3_MOE;
  }

  boolean attentionBiases() {
    return this == QWEN2;
  }
}
