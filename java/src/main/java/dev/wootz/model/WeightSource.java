package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;

/** A model's file or folder, seen through the names that Hugging Face gives to tensors. Tensors are views of mapped files. */
interface WeightSource extends AutoCloseable {
  Path path();

  ModelConfig config();

  boolean has(String name);

  /** Whether the model was saved without an output matrix though its settings do not say that the embedding serves as one. */
  default boolean headless() {
    return false;
  }

  /** Throws {@link FormatException} (TENSOR_MISSING) for a name that the model does not have. */
  Tensor tensor(String name);

  @Override
  void close();
}
