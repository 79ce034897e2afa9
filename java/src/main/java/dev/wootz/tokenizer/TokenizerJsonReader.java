package dev.wootz.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import dev.wootz.tokenizer.TokenizerJson.ModelType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tokenizer.json. The vocabulary and the merges, which are nearly all of it, go straight into arrays: as a tree they would take
 * some 60 MB for 150,000 tokens.
 */
final class TokenizerJsonReader {
  private final Path file;
  private final ObjectNode frame = JsonNodeFactory.instance.objectNode();
  private final List<AddedToken> added = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private int[] ids = new int[1 << 10];
  private double @Nullable [] scores;

  private final MergeRulesReader merges;

  private TokenizerJsonReader(Path file) {
    this.file = file;
    this.merges = new MergeRulesReader(file);
  }

  static TokenizerJson read(Path file) {
    return JsonFiles.stream(file, json -> new TokenizerJsonReader(file).read(json));
  }

  private TokenizerJson read(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = name(json, frame, "");
      switch (name) {
        case "model" -> readModel(json);
        case "added_tokens" -> readAddedTokens(json);
        default -> frame.set(name, tree(json));
      }
    }
    if (!(frame.get("model") instanceof ObjectNode model)) {
      throw field("model", "missing, expected an object");
    }
    if (!model.has("vocab")) {
      throw field("model.vocab", "missing, expected the tokens and their ids");
    }
    OrdinaryTokens ordinary =
        new OrdinaryTokens(
            tokens.toArray(String[]::new),
            Arrays.copyOf(ids, tokens.size()),
            scores == null ? null : Arrays.copyOf(scores, tokens.size()));
    ModelType type = modelType(model);
    MergeRules rules =
        type == ModelType.BPE ? merges.rules(ordinary, model.path("continuing_subword_prefix").asText("")) : MergeRules.NONE;
    return new TokenizerJson(file, type, frame, ordinary, rules, added);
  }

  private void readModel(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw field("model", "found " + JsonFiles.kind(json) + ", expected an object");
    }
    ObjectNode model = frame.putObject("model");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = name(json, model, "model.");
      switch (name) {
        case "vocab" -> {
          model.putNull(name);
          readVocabulary(json);
        }
        case "merges" -> {
          model.putNull(name);
          merges.read(json);
        }
        default -> model.set(name, tree(json));
      }
    }
  }

  private void readVocabulary(JsonParser json) throws IOException {
    switch (json.currentToken()) {
      case START_OBJECT -> {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String token = json.currentName();
          json.nextToken();
          add(token, id(json, "model.vocab[" + FormatException.quote(token) + "]"));
        }
      }
      case START_ARRAY -> {
        scores = new double[ids.length];
        while (json.nextToken() != JsonToken.END_ARRAY) {
          readPiece(json, "model.vocab[" + tokens.size() + "]");
        }
      }
      default ->
          throw field("model.vocab", "found " + JsonFiles.kind(json) + ", expected an object (an array of pairs for a Unigram model)");
    }
  }

  /** {@code ["piece", score]} of a Unigram model. */
  private void readPiece(JsonParser json, String where) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY || json.nextToken() != JsonToken.VALUE_STRING) {
      throw field(where, "found " + JsonFiles.kind(json) + ", expected [token, score]");
    }
    String token = json.getText();
    if (!json.nextToken().isNumeric()) {
      throw field(where, "found " + JsonFiles.kind(json) + " as score, expected a number");
    }
    double score = json.getDoubleValue();
    if (json.nextToken() != JsonToken.END_ARRAY) {
      throw field(where, "found more than [token, score]");
    }
    int id = tokens.size();
    if (id > TokenizerJson.MAX_ID) {
      throw field("model.vocab", "found more than " + (TokenizerJson.MAX_ID + 1) + " tokens");
    }
    add(token, id);
    if (scores.length < ids.length) {
      scores = Arrays.copyOf(scores, ids.length);
    }
    scores[id] = score;
  }

  private void add(String token, int id) {
    if (tokens.size() == ids.length) {
      ids = Arrays.copyOf(ids, 2 * ids.length);
    }
    ids[tokens.size()] = id;
    tokens.add(token);
  }

  private void readAddedTokens(JsonParser json) throws IOException {
    JsonNode list = tree(json);
    frame.putNull("added_tokens");
    if (list.isNull()) {
      return;
    }
    if (!list.isArray()) {
      throw field("added_tokens", "found " + JsonFiles.kind(list) + ", expected an array");
    }
    for (JsonNode entry : list) {
      String where = "added_tokens[" + added.size() + "]";
      JsonNode content = entry.path("content");
      if (!content.isTextual() || content.textValue().isEmpty()) {
        throw field(where + ".content", "found " + JsonFiles.kind(content) + ", expected a token");
      }
      JsonNode id = entry.path("id");
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() > TokenizerJson.MAX_ID) {
        throw id(where + ".id", JsonFiles.kind(id));
      }
      boolean special = flag(entry, "special", false, where);
      added.add(
          new AddedToken(
              id.intValue(),
              content.textValue(),
              flag(entry, "single_word", false, where),
              flag(entry, "lstrip", false, where),
              flag(entry, "rstrip", false, where),
              flag(entry, "normalized", !special, where),
              special));
    }
  }

  private boolean flag(JsonNode entry, String name, boolean fallback, String where) {
    JsonNode value = entry.path(name);
    if (value.isMissingNode()) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw field(where + "." + name, "found " + JsonFiles.kind(value) + ", expected true or false");
    }
    return value.booleanValue();
  }

  /** {@code model.type}; files of the first releases lack it and are told apart by their fields. */
  private ModelType modelType(ObjectNode model) {
    JsonNode type = model.get("type");
    ModelType found = null;
    if (type == null) {
      found =
          model.has("merges")
              ? ModelType.BPE
              : scores != null ? ModelType.UNIGRAM : model.has("max_input_chars_per_word") ? ModelType.WORD_PIECE : ModelType.WORD_LEVEL;
    }
    for (ModelType known : ModelType.values()) {
      if (type != null && known.jsonName().equals(type.textValue())) {
        found = known;
      }
    }
    if (found == null) {
      throw new FormatException(
          Reason.TOKENIZER_MODEL_UNKNOWN,
          file,
          "model.type: found " + JsonFiles.kind(type) + ", expected BPE, WordPiece, Unigram or WordLevel");
    }
    if ((found == ModelType.UNIGRAM) != (scores != null)) {
      String kind = scores == null ? "an object" : "an array";
      throw field("model.vocab", "found " + kind + ", which is not what a " + found.jsonName() + " model has");
    }
    if (found == ModelType.BPE && !model.has("merges")) {
      throw field("model.merges", "missing, expected an array");
    }
    return found;
  }

  /** The name of a field, with the parser moved on to its value. */
  private String name(JsonParser json, ObjectNode into, String parent) throws IOException {
    String name = json.currentName();
    json.nextToken();
    if (into.has(name)) {
      throw new FormatException(Reason.DUPLICATE_KEY, file, parent + name + " appears twice");
    }
    return name;
  }

  private static JsonNode tree(JsonParser json) throws IOException {
    return json.readValueAsTree();
  }

  private int id(JsonParser json, String where) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw id(where, JsonFiles.kind(json));
    }
    long id = json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? -1 : json.getLongValue();
    if (id < 0 || id > TokenizerJson.MAX_ID) {
      throw id(where, JsonFiles.kind(json));
    }
    return (int) id;
  }

  private FormatException id(String where, String found) {
    return new FormatException(Reason.TOKEN_ID, file, where + ": found " + found + ", expected an id from 0 to " + TokenizerJson.MAX_ID);
  }

  private FormatException field(String where, String problem) {
    return new FormatException(Reason.TOKENIZER_FIELD, file, where + ": " + problem);
  }
}
