package dev.wootz.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.ChatTemplate;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.JsonFiles;
import dev.wootz.model.Weights;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds what turns text into tokens, and messages into text, beside a model's weights or in its GGUF file. */
final class ModelText {
  private ModelText() {}

  /** Null where the model has none. */
  static @Nullable Tokenizer tokenizer(Weights weights) {
    GgufFile gguf = weights.gguf();
    if (gguf != null) {
      // "none" is llama.cpp's word for a model that is fed with token ids.
      String kind = gguf.metadata().string("tokenizer.ggml.model").orElse("none");
      return kind.equals("none") ? null : Tokenizer.of(gguf.metadata());
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

  /** What generation_config.json recommends; empty where it says nothing of sampling. */
  static Optional<Sampling> sampling(Weights weights) {
    Path file = folder(weights).resolve("generation_config.json");
    if (weights.gguf() != null || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    ObjectNode settings = JsonFiles.read(file);
    if (!settings.path("temperature").isNumber() && !settings.path("do_sample").isBoolean()) {
      return Optional.empty();
    }
    if (!settings.path("do_sample").asBoolean(true)) {
      return Optional.of(Sampling.greedy());
    }
    return Optional.of(
        Sampling.atTemperature(settings.path("temperature").asDouble(1))
            .withTopK(settings.path("top_k").asInt(0))
            .withTopP(settings.path("top_p").asDouble(1))
            .withMinP(settings.path("min_p").asDouble(0))
            .withPenalties(settings.path("repetition_penalty").asDouble(1), 0, 0));
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
