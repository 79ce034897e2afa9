package dev.wootz.model.convert;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How text is cut before merging: the rules of tokenizer.json, and llama.cpp's names for sets of them. */
final class TokenizerRules {
  private static final String QWEN2 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private TokenizerRules() {}

  /** A node and everything in it of a given {@code type}. */
  private static List<JsonNode> components(JsonNode node, String type) {
    List<JsonNode> found = new ArrayList<>();
    if (node.path("type").asText().equals(type)) {
      found.add(node);
    }
    for (JsonNode child : node) {
      if (child.isContainerNode()) {
        found.addAll(components(child, type));
      }
    }
    return found;
  }

  /** Whether bytes are written as characters before merging, as GPT-2 does; otherwise SentencePiece's way. */
  static boolean isByteLevel(ObjectNode json) {
    return !components(json.path("pre_tokenizer"), "ByteLevel").isEmpty();
  }

  /** llama.cpp's name for a byte-level pre-tokenizer. */
  static String preTokenizer(Path file, ObjectNode json) {
    JsonNode rules = json.path("pre_tokenizer");
    boolean digits = components(rules, "Digits").stream().anyMatch(node -> node.path("individual_digits").asBoolean());
    List<String> expressions = components(rules, "Split").stream().map(node -> node.path("pattern").path("Regex").asText()).toList();
    if (expressions.isEmpty()) {
      return digits ? "smollm" : "gpt-2";
    }
    if (expressions.size() == 1 && expressions.get(0).equals(QWEN2)) {
      return "qwen2";
    }
    if (expressions.size() == 1 && expressions.get(0).equals(LLAMA3)) {
      return "llama-bpe";
    }
    throw new FormatException(
        Reason.CONVERSION_UNSUPPORTED,
        file,
        "found the split expression " + quote(String.join(" then ", expressions)) + ", expected that of Qwen2, Llama 3, SmolLM or GPT-2: GGUF has a"
            + " name for no other that is known here");
  }

  static boolean prependsSpace(ObjectNode json) {
    boolean metaspace =
        components(json.path("pre_tokenizer"), "Metaspace").stream()
            .anyMatch(node -> !node.path("prepend_scheme").asText(node.path("add_prefix_space").asBoolean(true) ? "first" : "never").equals("never"));
    return metaspace || !components(json.path("normalizer"), "Prepend").isEmpty();
  }

  /** Whether the post-processor puts a special token before every text. */
  static boolean templateBeginsWithToken(ObjectNode json) {
    return components(json.path("post_processor"), "TemplateProcessing").stream().anyMatch(node -> node.path("single").path(0).has("SpecialToken"));
  }

  /** Normalizer, pre-tokenizer, post-processor and decoder of tokenizer.json for a byte-level vocabulary; false for an unknown name. */
  static boolean byteLevel(ObjectNode json, String pre) {
    switch (pre) {
      case "qwen2", "deepseek-r1-qwen" -> {
        json.putObject("normalizer").put("type", "NFC");
        split(json, QWEN2);
      }
      case "llama-bpe", "llama-v3", "llama3" -> {
        json.putNull("normalizer");
        split(json, LLAMA3);
      }
      case "smollm", "starcoder", "refact", "codeshell" -> {
        json.putNull("normalizer");
        ArrayNode parts = sequence(json);
        parts.addObject().put("type", "Digits").put("individual_digits", true);
        byteLevel(parts.addObject(), true);
      }
      case "gpt-2", "phi-2" -> {
        json.putNull("normalizer");
        byteLevel(json.putObject("pre_tokenizer"), true);
      }
      default -> {
        return false;
      }
    }
    byteLevel(json.putObject("post_processor"), false);
    byteLevel(json.putObject("decoder"), false);
    return true;
  }

  private static ArrayNode sequence(ObjectNode json) {
    return json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
  }

  private static void split(ObjectNode json, String expression) {
    ArrayNode parts = sequence(json);
    ObjectNode split = parts.addObject().put("type", "Split");
    split.putObject("pattern").put("Regex", expression);
    split.put("behavior", "Isolated").put("invert", false);
    byteLevel(parts.addObject(), false);
  }

  private static void byteLevel(ObjectNode node, boolean words) {
    node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", words);
  }

  /** The same for a SentencePiece vocabulary: spaces are written as U+2581. */
  static void sentencePiece(ObjectNode json, boolean prependsSpace) {
    ArrayNode normalizers = json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    if (prependsSpace) {
      normalizers.addObject().put("type", "Prepend").put("prepend", "\u2581");
    }
    replace(normalizers.addObject(), " ", "\u2581");
    json.putNull("pre_tokenizer");
    json.putNull("post_processor");
    ArrayNode decoders = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
    replace(decoders.addObject(), "\u2581", " ");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    if (prependsSpace) {
      decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  private static void replace(ObjectNode node, String from, String to) {
    node.put("type", "Replace").putObject("pattern").put("String", from);
    node.put("content", to);
  }

  /** A post-processor that begins every text with a token. */
  static void beginWith(ObjectNode json, String token, int id) {
    ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    ArrayNode pair = template.putArray("pair");
    pair.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    pair.addObject().putObject("SpecialToken").put("id", token).put("type_id", 1);
    pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    ObjectNode special = template.putObject("special_tokens").putObject(token).put("id", token);
    special.putArray("ids").add(id);
    special.putArray("tokens").add(token);
  }
}
