package dev.wootz.merge.lora;

import dev.wootz.merge.MergeException;
import java.util.regex.Pattern;

/**
 * Names modules by one or more whole parts of their names: {@code q_proj}, {@code self_attn}, {@code layers.3}, {@code mlp.*_proj}, where
 * {@code *} stands for anything but a dot.
 */
record ModulePattern(String text, Pattern pattern) {

  /** Throws {@link MergeException} for an empty pattern. */
  static ModulePattern of(String text) {
    if (text.isBlank()) {
      throw new MergeException("found an empty module pattern, expected parts of a module's name such as q_proj or layers.3.mlp");
    }
    StringBuilder expression = new StringBuilder("(?:.*\\.)?");
    for (String literal : text.strip().split("(?<=\\*)|(?=\\*)")) {
      expression.append(literal.equals("*") ? "[^.]*" : Pattern.quote(literal));
    }
    return new ModulePattern(text.strip(), Pattern.compile(expression.append("(?:\\..*)?").toString()));
  }

  boolean matches(String module) {
    return pattern.matcher(module).matches();
  }
}
