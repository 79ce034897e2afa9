package dev.wootz.model.convert;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.JsonFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** tokenizer.json and tokenizer_config.json rebuilt from a GGUF file's vocabulary. */
final class TokenizerImport {
  private static final String PREFIX = "tokenizer.ggml.";

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final List<String> tokens;
  private final int[] types;
  private final Map<String, Integer> ids = new HashMap<>();

  private TokenizerImport(GgufFile file, List<String> tokens) {
    this.file = file;
    this.metadata = file.metadata();
    this.tokens = tokens;
    this.types = metadata.integers(PREFIX + "token_type").orElseGet(this::allNormal);
    if (types.length != tokens.size()) {
      throw wrong("token_type", types.length + " types", tokens.size() + ", one for each token");
    }
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
    }
  }

  private int[] allNormal() {
    int[] normal = new int[tokens.size()];
    Arrays.fill(normal, TokenType.NORMAL);
    return normal;
  }

  /** Writes the files into a folder; none where the GGUF file has no vocabulary. Returns what could not be carried over. */
  static List<String> write(GgufFile file, Path folder) {
    List<String> warnings = new ArrayList<>();
    List<String> tokens = file.metadata().strings(PREFIX + "tokens").orElse(null);
    String model = file.metadata().string(PREFIX + "model").orElse("none");
    if (tokens == null || model.equals("none")) {
      warnings.add("no vocabulary in " + file.path() + ": no tokenizer.json is written");
      return warnings;
    }
    TokenizerImport source = new TokenizerImport(file, tokens);
    JsonFiles.write(folder.resolve("tokenizer.json"), source.tokenizer(model));
    JsonFiles.write(folder.resolve("tokenizer_config.json"), source.settings());
    return warnings;
  }

  private FormatException wrong(String key, String found, String expected) {
    return new FormatException(
        Reason.CONVERSION_UNSUPPORTED, file.path(), "key " + quote(PREFIX + key) + ": found " + found + ", expected " + expected);
  }

  private ObjectNode tokenizer(String model) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", "1.0").putNull("truncation").putNull("padding");
    addedTokens(json.putArray("added_tokens"));
    switch (model) {
      case "gpt2" -> byteLevel(json);
      case "llama" -> sentencePiece(json);
      default -> throw wrong("model", quote(model), "gpt2 or llama");
    }
    if (addsBos()) {
      id("bos_token_id").ifPresent(id -> TokenizerRules.beginWith(json, tokens.get(id), id));
    }
    return json;
  }

  private boolean addsBos() {
    String pre = metadata.string(PREFIX + "pre").orElse("");
    boolean usual = pre.startsWith("llama") || metadata.string(PREFIX + "model").orElse("").equals("llama");
    return metadata.flag(PREFIX + "add_bos_token").orElse(usual);
  }

  private boolean added(int id) {
    return types[id] == TokenType.CONTROL || types[id] == TokenType.USER_DEFINED || types[id] == TokenType.UNKNOWN;
  }

  private void addedTokens(ArrayNode array) {
    for (int id = 0; id < tokens.size(); id++) {
      if (added(id)) {
        ObjectNode token = array.addObject().put("id", id).put("content", tokens.get(id));
        token.put("single_word", false).put("lstrip", false).put("rstrip", false).put("normalized", false);
        token.put("special", types[id] != TokenType.USER_DEFINED);
      }
    }
  }

  /**
   * The added tokens that close the vocabulary stand in added_tokens alone: their ids follow those of the vocabulary by themselves. Unused
   * ids are left out.
   */
  private void vocabulary(ObjectNode vocab) {
    int end = tokens.size();
    while (end > 0 && types[end - 1] == TokenType.UNUSED) {
      end--;
    }
    while (end > 0 && added(end - 1)) {
      end--;
    }
    for (int id = 0; id < tokens.size(); id++) {
      if (id < end && types[id] != TokenType.UNUSED) {
        vocab.put(tokens.get(id), id);
      }
    }
  }

  private void byteLevel(ObjectNode json) {
    String pre = metadata.string(PREFIX + "pre").orElse("gpt-2");
    if (!TokenizerRules.byteLevel(json, pre)) {
      throw wrong("pre", quote(pre), "qwen2, llama-bpe, smollm or gpt-2: what the other names stand for is not known here as rules of tokenizer.json");
    }
    ObjectNode model = model(json, false);
    model.put("ignore_merges", pre.startsWith("llama"));
    vocabulary(model.putObject("vocab"));
    ArrayNode merges = model.putArray("merges");
    for (String merge : metadata.strings(PREFIX + "merges").orElseThrow(() -> wrong("merges", "nothing", "an array of strings"))) {
      // The second token may contain a space of its own, never the first.
      int space = merge.indexOf(' ', 1);
      if (space < 0) {
        throw wrong("merges", quote(merge), "two tokens with a space between");
      }
      merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
    }
  }

  private static ObjectNode model(ObjectNode json, boolean byteFallback) {
    ObjectNode model = json.putObject("model").put("type", "BPE").putNull("dropout");
    model.putNull("unk_token").putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    return model.put("fuse_unk", byteFallback).put("byte_fallback", byteFallback).put("ignore_merges", false);
  }

  private void sentencePiece(ObjectNode json) {
    TokenizerRules.sentencePiece(json, metadata.flag(PREFIX + "add_space_prefix").orElse(true));
    ObjectNode model = model(json, true);
    id("unknown_token_id").ifPresent(id -> model.put("unk_token", tokens.get(id)));
    ObjectNode vocab = model.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      if (types[id] != TokenType.UNUSED) {
        vocab.put(tokens.get(id), id);
      }
    }
    ArrayNode merges = model.putArray("merges");
    for (Join join : joins()) {
      merges.addArray().add(join.left()).add(join.right());
    }
  }

  /** Two tokens that make a third, of this score. */
  private record Join(String left, String right, float score) {}

  /** SentencePiece joins the neighbours whose result scores highest: every way to make a token, the highest score first. */
  private List<Join> joins() {
    float[] scores = metadata.floats(PREFIX + "scores").orElseThrow(() -> wrong("scores", "nothing", "an array of f32"));
    if (scores.length != tokens.size()) {
      throw wrong("scores", scores.length + " scores", tokens.size() + ", one for each token");
    }
    List<Join> joins = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      if (types[id] != TokenType.NORMAL) {
        continue;
      }
      for (int cut = 1; cut < token.length(); cut++) {
        Integer left = ids.get(token.substring(0, cut));
        Integer right = ids.get(token.substring(cut));
        if (left != null && right != null && types[left] == TokenType.NORMAL && types[right] == TokenType.NORMAL) {
          joins.add(new Join(tokens.get(left), tokens.get(right), scores[id]));
        }
      }
    }
    joins.sort(Comparator.comparingDouble(Join::score).reversed());
    return joins;
  }

  private Optional<Integer> id(String key) {
    return metadata.integer(PREFIX + key).stream().filter(id -> id >= 0 && id < tokens.size()).mapToObj(id -> (int) id).findFirst();
  }

  private ObjectNode settings() {
    ObjectNode settings = JsonNodeFactory.instance.objectNode();
    settings.put("tokenizer_class", "PreTrainedTokenizerFast");
    id("bos_token_id").ifPresent(id -> settings.put("bos_token", tokens.get(id)));
    id("eos_token_id").ifPresent(id -> settings.put("eos_token", tokens.get(id)));
    id("unknown_token_id").ifPresent(id -> settings.put("unk_token", tokens.get(id)));
    id("padding_token_id").ifPresent(id -> settings.put("pad_token", tokens.get(id)));
    settings.put("add_bos_token", addsBos());
    settings.put("clean_up_tokenization_spaces", false);
    String architecture = metadata.string("general.architecture").orElse("");
    metadata.integer(architecture + ".context_length").ifPresent(length -> settings.put("model_max_length", length));
    metadata.string("tokenizer.chat_template").ifPresent(template -> settings.put("chat_template", template));
    return settings;
  }
}
