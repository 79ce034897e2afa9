package dev.wootz.merge.plan;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.LoraAdapter;
import dev.wootz.merge.recipe.ModelReference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model that a recipe names, its headers read.
 *
 * @param index its number among the recipe's models, in the order in which they are named first: the stream number of random methods
 * @param label what messages call it: the reference as written
 */
public record OpenModel(
    int index, ModelReference reference, Path path, Checkpoint checkpoint, @Nullable LoraAdapter lora, String label) {

  /** Where its configuration and tokenizer are: the folder of the weights. */
  Path folder() {
    return Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
  }

  @Override
  public String toString() {
    return label;
  }
}
