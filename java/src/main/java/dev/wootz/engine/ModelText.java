package dev.wootz.engine;

import dev.wootz.chat.ChatTemplate;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.model.Weights;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds what turns text into tokens, and messages into text, beside a model's weights or in its GGUF file. */
final class ModelText {
  private ModelText() {}

  /** Null where the model has none. */
  static @Nullable Tokenizer tokenizer(Weights weights) {
    GgufFile gguf = weights.gguf();
    if (gguf != null) {
      return gguf.metadata().keys().contains("tokenizer.ggml.model") ? Tokenizer.of(gguf.metadata()) : null;
    }
    Path folder = folder(weights);
    return Files.isRegularFile(folder.resolve("tokenizer.json")) ? Tokenizer.load(folder) : null;
  }

  /** Null where the model has none. */
  static @Nullable ChatTemplate chatTemplate(Weights weights, @Nullable Tokenizer tokenizer) {
    GgufFile gguf = weights.gguf();
    if (gguf != null) {
      return gguf.metadata()
          .string("tokenizer.chat_template")
          .map(source -> ChatTemplate.parse(source, gguf.path().getFileName() + ": tokenizer.chat_template").withSpecialTokens(specialTokens(tokenizer)))
          .orElse(null);
    }
    try {
      return ChatTemplate.load(folder(weights));
    } catch (FormatException e) {
      if (e.reason() == Reason.CHAT_TEMPLATE_MISSING) {
        return null;
      }
      throw e;
    }
  }

  private static Map<String, String> specialTokens(@Nullable Tokenizer tokenizer) {
    Map<String, String> tokens = new LinkedHashMap<>();
    if (tokenizer != null) {
      tokenizer.bos().ifPresent(id -> tokens.put("bos_token", tokenizer.token(id)));
      tokenizer.eos().ifPresent(id -> tokens.put("eos_token", tokenizer.token(id)));
    }
    return tokens;
  }

  private static Path folder(Weights weights) {
    Path path = weights.path();
    return Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
  }
}
