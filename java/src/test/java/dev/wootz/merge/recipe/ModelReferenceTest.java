package dev.wootz.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.recipe.ModelReference.Part;
import org.junit.jupiter.api.Test;

class ModelReferenceTest {
  @Test
  void everyForm() {
    assertThat(ModelReference.parse("a/b")).isEqualTo(new ModelReference(new Part("a/b", null), null, null));
    assertThat(ModelReference.parse("a@r")).isEqualTo(new ModelReference(new Part("a", "r"), null, null));
    assertThat(ModelReference.parse("a+l")).isEqualTo(new ModelReference(new Part("a", null), new Part("l", null), null));
    assertThat(ModelReference.parse("a@r+l@s")).isEqualTo(new ModelReference(new Part("a", "r"), new Part("l", "s"), null));
  }

  @Test
  void printsAsItIsWritten() {
    for (String text : new String[] {"a/b", "a@r", "a+l", "a@r+l@s", "../x y/z"}) {
      assertThat(ModelReference.parse(text)).hasToString(text);
    }
  }
}
