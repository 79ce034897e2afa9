package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;

/** A model's file or folder, seen through the names that Hugging Face gives to tensors. Tensors are views of mapped files. */
interface WeightSource extends AutoCloseable {
  Path path();

  ModelConfig config();

  boolean has(String name);

  /** Throws {@link FormatException} (TENSOR_MISSING) for a name that the model does not have. */
  Tensor tensor(String name);

  @Override
  void close();
}
