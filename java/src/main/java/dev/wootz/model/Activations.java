package dev.wootz.model;

/** In which precision inputs meet block-quantized weights. Float weights always meet float32. */
public enum Activations {
  /** Sixteen bits, with a scale for each 32 elements, where the weights' type has a fast path; hardly farther from the exact result. */
  INT16,
  /** Every weight is its exact float32 value and meets float32: slow and exact. */
  FLOAT32
}
