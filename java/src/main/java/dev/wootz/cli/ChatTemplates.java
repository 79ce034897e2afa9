package dev.wootz.cli;

import dev.wootz.chat.ChatTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The chat template that the options {@code --model} and {@code --template} name; at least one of the two is given. */
final class ChatTemplates {
  private ChatTemplates() {}

  static ChatTemplate of(@Nullable Path model, @Nullable Path template) {
    if (template == null && model != null) {
      return ChatTemplate.load(model);
    }
    if (template == null) {
      throw new IllegalArgumentException("neither a model nor a template");
    }
    try {
      ChatTemplate given = ChatTemplate.parse(Files.readString(template), template.toString());
      return model == null ? given : given.withSpecialTokens(ChatTemplate.specialTokens(model));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
