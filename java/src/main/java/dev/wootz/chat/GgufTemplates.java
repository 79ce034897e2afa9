package dev.wootz.chat;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The chat templates and special tokens of a GGUF file, whose keys are those of llama.cpp. */
final class GgufTemplates {
  private static final String KEY = "tokenizer.chat_template";

  /** What templates call a token, and the key of its id; the misspelt one is llama.cpp's own. */
  private static final Map<String, String> IDS =
      Map.of(
          "bos_token", "tokenizer.ggml.bos_token_id",
          "eos_token", "tokenizer.ggml.eos_token_id",
          "unk_token", "tokenizer.ggml.unknown_token_id",
          "pad_token", "tokenizer.ggml.padding_token_id",
          "sep_token", "tokenizer.ggml.seperator_token_id");

  private GgufTemplates() {}

  static TemplateFiles of(GgufFile file) {
    GgufMetadata metadata = file.metadata();
    String plain =
        metadata
            .string(KEY)
            .orElseThrow(
                () -> new FormatException(
                    Reason.CHAT_TEMPLATE_MISSING,
                    file.path(),
                    "found no chat template, expected the key " + KEY + ": " + TemplateFiles.ADVICE));
    String toolKey = KEY + "." + TemplateFiles.TOOL_USE;
    TemplateFiles.Text tools =
        metadata.string(toolKey).map(text -> new TemplateFiles.Text(file.path() + " " + toolKey, text)).orElse(null);
    return new TemplateFiles(new TemplateFiles.Text(file.path() + " " + KEY, plain), tools, specialTokens(metadata));
  }

  static Map<String, Object> specialTokens(GgufMetadata metadata) {
    List<String> vocabulary = metadata.strings("tokenizer.ggml.tokens").orElse(List.of());
    Map<String, Object> tokens = new LinkedHashMap<>();
    IDS.forEach((name, key) -> metadata.integer(key).ifPresent(id -> {
      if (id >= 0 && id < vocabulary.size()) {
        tokens.put(name, vocabulary.get((int) id));
      }
    }));
    return tokens;
  }
}
