package dev.wootz.model.lora;

import java.nio.file.Path;
import java.util.Map;

/**
 * The matrices of one opened model that adapters may change. The same object for all adapters of the model: adapters of others are told apart
 * by it.
 *
 * @param model its file or folder, for messages
 * @param matrices by the name of the tensor, as Hugging Face has it
 * @param what all of them, in words
 */
public record Targets(Path model, Map<String, Target> matrices, String what) {
  /**
   * @param rows outputs
   * @param cols inputs
   * @param interleavedHead elements of a head where the model's file has the rows of each head in another order than Hugging Face: element i of
   *     the first half, then of the second, for each i. 0 where the order is the same
   */
  public record Target(long rows, long cols, int interleavedHead) {}

  public Targets {
    matrices = Map.copyOf(matrices);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
