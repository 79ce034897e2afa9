package dev.wootz.merge.recipe;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.wootz.merge.Mode;
import java.nio.charset.StandardCharsets;

/**
 * Whatever the text, a recipe is read or refused with a {@link RecipeException} whose message can be printed.
 *
 * <p>As a unit test this runs the seeds of {@code RecipeFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=RecipeFuzzTest -Djazzer.hooks=true</pre>
 *
 * What it finds is written beside the seeds and fails the unit test from then on.
 */
class RecipeFuzzTest {

  @FuzzTest(maxDuration = "2m")
  void text(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    for (Mode mode : new Mode[] {null, Mode.MERGEKIT}) {
      try {
        requireConsistent(RecipeReader.parse(text, "fuzzed.yml", mode));
      } catch (RecipeException e) {
        requirePrintable(e.getMessage());
      }
    }
  }

  /** Every parameter of a recipe that was read can be resolved, or a filter fits nothing. */
  private static void requireConsistent(Recipe recipe) {
    recipe.warnings().forEach(RecipeFuzzTest::requirePrintable);
    for (Slice slice : recipe.slices()) {
      ParameterResolver resolver = new ParameterResolver(recipe, slice);
      for (double t : new double[] {0, 0.3, 1}) {
        resolver.global("model.norm.weight", t);
        for (Slice.Source source : slice.sources()) {
          resolver.model(source, "model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight", t);
        }
      }
    }
  }

  private static void requirePrintable(String message) {
    require(message.startsWith("fuzzed.yml"), "a message without the file: " + message);
    require(message.length() < 2000, "a message of " + message.length() + " characters");
    require(message.chars().noneMatch(Character::isISOControl), "control characters in the message " + message);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
