package dev.wootz.model.convert;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufValue;
import dev.wootz.format.JsonFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys {@code tokenizer.*} of a GGUF file from tokenizer.json, tokenizer_config.json and the chat template of a Hugging Face folder. */
final class TokenizerExport {
  private static final String PREFIX = "tokenizer.ggml.";

  private final Path file;
  private final ObjectNode json;
  private final ObjectNode settings;
  private final ConfigFields config;
  private final String[] tokens;
  private final int[] types;
  private final Map<String, Integer> ids = new HashMap<>();

  private TokenizerExport(Path file, ObjectNode json, ObjectNode settings, ConfigFields config, int vocabulary) {
    this.file = file;
    this.json = json;
    this.settings = settings;
    this.config = config;
    this.tokens = new String[vocabulary];
    this.types = new int[vocabulary];
  }

  /**
   * @param vocabulary rows of the embedding: ids beyond the tokenizer's become unused tokens
   */
  static Map<String, GgufValue> of(Path folder, ConfigFields config, int vocabulary) {
    Path file = folder.resolve("tokenizer.json");
    Path settingsFile = folder.resolve("tokenizer_config.json");
    ObjectNode settings = Files.isRegularFile(settingsFile) ? JsonFiles.read(settingsFile) : config.json().objectNode();
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    if (Files.isRegularFile(file)) {
      keys.putAll(new TokenizerExport(file, JsonFiles.read(file), settings, config, vocabulary).keys());
    } else {
      keys.put(PREFIX + "model", GgufValue.string("none"));
    }
    String template = template(folder, settings);
    if (template != null) {
      keys.put("tokenizer.chat_template", GgufValue.string(template));
    }
    return keys;
  }

  private static @Nullable String template(Path folder, ObjectNode settings) {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      try {
        return Files.readString(file, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new FormatException(Reason.READ_FAILED, file, null, "cannot read the template: " + e.getMessage(), e);
      }
    }
    JsonNode template = settings.path("chat_template");
    for (JsonNode named : template) {
      if (named.path("name").asText().equals("default")) {
        template = named.path("template");
      }
    }
    return template.isTextual() ? template.asText() : null;
  }

  private Map<String, GgufValue> keys() {
    JsonNode model = json.path("model");
    if (!model.path("type").asText("BPE").equals("BPE") || !model.path("vocab").isObject()) {
      throw new FormatException(
          Reason.CONVERSION_UNSUPPORTED, file, "found a tokenizer model " + quote(model.path("type").asText()) + ", expected BPE");
    }
    model.path("vocab").fields().forEachRemaining(entry -> token(entry.getKey(), entry.getValue().asInt(-1), TokenType.NORMAL));
    boolean bytes = !TokenizerRules.isByteLevel(json);
    if (bytes) {
      sentencePieceTypes(model.path("unk_token").asText(""));
    }
    for (JsonNode added : json.path("added_tokens")) {
      String text = added.path("content").asText();
      boolean unknown = bytes && text.equals(model.path("unk_token").asText(""));
      int type = added.path("special").asBoolean() ? TokenType.CONTROL : TokenType.USER_DEFINED;
      token(text, added.path("id").asInt(-1), unknown ? TokenType.UNKNOWN : type);
    }
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null) {
        tokens[id] = "[PAD" + id + "]";
        types[id] = TokenType.UNUSED;
      }
    }
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put(PREFIX + "model", GgufValue.string(bytes ? "llama" : "gpt2"));
    keys.put(PREFIX + "pre", GgufValue.string(bytes ? "default" : TokenizerRules.preTokenizer(file, json)));
    keys.put(PREFIX + "tokens", GgufValue.strings(Arrays.asList(tokens)));
    List<String[]> merges = merges(model);
    if (bytes) {
      keys.put(PREFIX + "scores", GgufValue.f32s(scores(merges)));
    }
    keys.put(PREFIX + "token_type", GgufValue.i32s(types));
    if (!bytes) {
      keys.put(PREFIX + "merges", GgufValue.strings(merges.stream().map(pair -> pair[0] + " " + pair[1]).toList()));
    }
    specialTokens(keys);
    if (bytes) {
      keys.put(PREFIX + "add_space_prefix", GgufValue.bool(TokenizerRules.prependsSpace(json)));
    }
    return keys;
  }

  private void token(String text, int id, int type) {
    if (id < 0 || id >= tokens.length) {
      throw new FormatException(
          Reason.TOKEN_ID, file, "token " + quote(text) + ": found id " + id + ", expected one below the embedding's " + tokens.length + " rows");
    }
    tokens[id] = text;
    types[id] = type;
    ids.put(text, id);
  }

  private void sentencePieceTypes(String unknown) {
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null) {
        types[id] = TokenType.isByte(tokens[id]) ? TokenType.BYTE : tokens[id].equals(unknown) ? TokenType.UNKNOWN : TokenType.NORMAL;
      }
    }
  }

  /** Pairs of tokens; older files have them as one string with a space between. */
  private List<String[]> merges(JsonNode model) {
    List<String[]> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      String[] pair = merge.isArray() ? new String[] {merge.path(0).asText(), merge.path(1).asText()} : merge.asText().split(" ", 2);
      if (pair.length != 2) {
        throw new FormatException(Reason.TOKENIZER_MERGE, file, "found the merge " + quote(merge.toString()) + ", expected two tokens");
      }
      merges.add(pair);
    }
    return merges;
  }

  /** SentencePiece joins the pair whose result has the highest score: the earlier a merge, the higher. */
  private float[] scores(List<String[]> merges) {
    float[] scores = new float[tokens.length];
    boolean[] known = new boolean[tokens.length];
    int rank = 0;
    for (String[] merge : merges) {
      Integer id = ids.get(merge[0] + merge[1]);
      if (id != null && !known[id]) {
        known[id] = true;
        scores[id] = -rank++;
      }
    }
    for (int id = 0; id < scores.length; id++) {
      if (!known[id] && types[id] == TokenType.NORMAL) {
        scores[id] = -rank++; // single characters, which no merge makes
      }
    }
    return scores;
  }

  private void specialTokens(Map<String, GgufValue> keys) {
    put(keys, "bos_token_id", "bos_token");
    put(keys, "eos_token_id", "eos_token");
    put(keys, "unknown_token_id", "unk_token");
    put(keys, "padding_token_id", "pad_token");
    keys.put(PREFIX + "add_bos_token", GgufValue.bool(addsBos()));
    if (settings.has("add_eos_token")) {
      keys.put(PREFIX + "add_eos_token", GgufValue.bool(settings.path("add_eos_token").asBoolean()));
    }
  }

  private boolean addsBos() {
    return settings.hasNonNull("add_bos_token") ? settings.path("add_bos_token").asBoolean() : TokenizerRules.templateBeginsWithToken(json);
  }

  /** By name from tokenizer_config.json, by id from config.json. */
  private void put(Map<String, GgufValue> keys, String key, String field) {
    JsonNode token = settings.path(field);
    String text = token.isTextual() ? token.asText() : token.path("content").asText(null);
    Integer id = text == null ? null : ids.get(text);
    if (id == null) {
      JsonNode configured = config.json().path(field + "_id");
      JsonNode first = configured.isArray() ? configured.path(0) : configured;
      id = first.isInt() && first.asInt() >= 0 && first.asInt() < tokens.length ? first.asInt() : null;
    }
    if (id != null) {
      keys.put(PREFIX + key, GgufValue.u32(id));
    }
  }
}
