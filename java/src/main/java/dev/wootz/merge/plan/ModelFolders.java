package dev.wootz.merge.plan;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.recipe.ModelReference;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Finds the folders that a recipe names: relative paths start from the working directory (as mergekit's do), then from the recipe's folder.
 *
 * @param recipe the recipe's name, for messages
 */
record ModelFolders(String recipe, Path workingDirectory, Path recipeFolder) {

  /** @param what {@code model "A"} */
  Path find(ModelReference.Part part, String what) {
    Path path;
    try {
      path = Path.of(part.path());
    } catch (InvalidPathException e) {
      throw new MergeException(recipe + ": " + what + " is no path: " + e.getMessage(), e);
    }
    Path first = workingDirectory.resolve(path).normalize();
    if (Files.exists(first)) {
      return first;
    }
    Path second = recipeFolder.resolve(path).normalize();
    if (Files.exists(second)) {
      return second;
    }
    String looked = first.equals(second) ? first.toString() : first + " and " + second;
    throw new MergeException(
        recipe + ": " + what + " is not there: looked for " + looked + ". Models must be local folders or .safetensors files; nothing is"
            + " downloaded from a hub");
  }
}
