package dev.wootz.merge.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code chat_template}: {@code auto}, the name of a built-in template, or a Jinja template. */
final class ChatTemplateKey {
  private static final List<String> NAMES = List.of("auto", "alpaca", "chatml", "exaone", "llama3", "mistral");

  /** What is shorter is taken for a misspelt name. */
  private static final int SHORTEST_TEMPLATE = 20;

  private ChatTemplateKey() {}

  static @Nullable String read(@Nullable YamlNode node) {
    if (node == null) {
      return null;
    }
    String text = node.text("`chat_template`");
    if (!NAMES.contains(text) && (text.length() < SHORTEST_TEMPLATE || text.indexOf('{') < 0)) {
      throw node.error(
          "`chat_template` must be one of " + String.join(", ", NAMES) + ", or a Jinja template (at least " + SHORTEST_TEMPLATE
              + " characters, with a { in it), found " + node + NearestName.suggestion(text, NAMES));
    }
    return text;
  }
}
