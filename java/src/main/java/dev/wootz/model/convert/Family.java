package dev.wootz.model.convert;

import java.util.Arrays;
import java.util.Optional;

/** The decoders that both containers have, by their names there. */
enum Family {
  LLAMA("llama", "llama", "LlamaForCausalLM"),
  QWEN2("qwen2", "qwen2", "Qwen2ForCausalLM"),
  QWEN3("qwen3", "qwen3", "Qwen3ForCausalLM"),
  QWEN3_MOE("qwen3moe", "qwen3_moe", "Qwen3MoeForCausalLM");

  private final String gguf;
  private final String modelType;
  private final String className;

  Family(String gguf, String modelType, String className) {
    this.gguf = gguf;
    this.modelType = modelType;
    this.className = className;
  }

  /** {@code general.architecture}, with which other keys begin. */
  String gguf() {
    return gguf;
  }

  /** {@code model_type} of config.json. */
  String modelType() {
    return modelType;
  }

  String className() {
    return className;
  }

  /** Whether llama.cpp rotates neighbours, so that the rows of queries and keys change their order. */
  boolean interleaved() {
    return this == LLAMA;
  }

  static Optional<Family> byModelType(String modelType) {
    return Arrays.stream(values()).filter(family -> family.modelType.equals(modelType)).findFirst();
  }

  static Optional<Family> byGguf(String architecture) {
    return Arrays.stream(values()).filter(family -> family.gguf.equals(architecture)).findFirst();
  }

  static String modelTypes() {
    return String.join(", ", Arrays.stream(values()).map(Family::modelType).toList());
  }

  static String architectures() {
    return String.join(", ", Arrays.stream(values()).map(Family::gguf).toList());
  }
}
