package dev.wootz.merge.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.AtomicFiles;
import dev.wootz.format.JsonFiles;
import dev.wootz.tokenizer.AddedToken;
import dev.wootz.tokenizer.TokenizerJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The output's tokenizer files, made from the donor's: tokenizer.json with the new vocabulary, the tables of added tokens that
 * tokenizer_config.json and added_tokens.json repeat, and copies of the rest. Files that hold the vocabulary in another form (vocab.json,
 * merges.txt, SentencePiece models) are kept only while they and the tables of added tokens still say the same as tokenizer.json.
 */
final class TokenizerFiles {
  static final String CONFIG = "tokenizer_config.json";
  private static final String ADDED = "added_tokens.json";
  private static final String SPECIAL = "special_tokens_map.json";
  private static final String DECODER = "added_tokens_decoder";

  private static final List<String> OTHER_FORMS =
      List.of("vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tekken.json");

  private static final List<String> TEMPLATES = List.of("chat_template.jinja", "chat_template.json");

  private static final List<String> NAMED_TOKENS =
      List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

  private final Path donor;
  private final TokenizerJson tokenizer;
  private final List<String> copied = new ArrayList<>();
  private final Map<String, ObjectNode> changed = new LinkedHashMap<>();

  private TokenizerFiles(Path donor, TokenizerJson tokenizer) {
    this.donor = donor;
    this.tokenizer = tokenizer;
  }

  /** Whether a file of a model's folder belongs to its tokenizer. */
  static boolean contains(String fileName) {
    return fileName.equals(TokenizerJson.FILE_NAME)
        || fileName.equals(CONFIG)
        || fileName.equals(ADDED)
        || fileName.equals(SPECIAL)
        || OTHER_FORMS.contains(fileName)
        || TEMPLATES.contains(fileName);
  }

  /**
   * @param before the donor's tokenizer as its file has it
   * @param after the output's; the same object when nothing changes
   * @param warnings is added to
   */
  static TokenizerFiles of(Path donor, TokenizerJson before, TokenizerJson after, List<String> warnings) {
    TokenizerFiles files = new TokenizerFiles(donor, after);
    if (before == after) {
      files.copy(List.of(TokenizerJson.FILE_NAME, CONFIG, ADDED, SPECIAL));
      files.copy(OTHER_FORMS);
    } else {
      files.change(before, warnings);
    }
    files.copy(TEMPLATES);
    return files;
  }

  private boolean has(String name) {
    return Files.isRegularFile(donor.resolve(name));
  }

  private void copy(List<String> names) {
    names.stream().filter(this::has).forEach(copied::add);
  }

  private void change(TokenizerJson before, List<String> warnings) {
    boolean knowsAdded = false;
    if (has(CONFIG)) {
      ObjectNode config = JsonFiles.read(donor.resolve(CONFIG));
      knowsAdded = config.get(DECODER) instanceof ObjectNode;
      if (config.get(DECODER) instanceof ObjectNode decoder) {
        config.set(DECODER, decoder(decoder));
      }
      dropNamed(config, CONFIG, before, warnings);
      changed.put(CONFIG, config);
    }
    if (has(SPECIAL)) {
      ObjectNode special = JsonFiles.read(donor.resolve(SPECIAL));
      dropNamed(special, SPECIAL, before, warnings);
      special.properties().removeIf(role -> role.getValue().isNull());
      changed.put(SPECIAL, special);
    }
    if (has(ADDED)) {
      changed.put(ADDED, addedTokens(JsonFiles.read(donor.resolve(ADDED)), before));
      knowsAdded = true;
    }
    boolean sameOrdinary = before.ordinaryTokens() == tokenizer.ordinaryTokens();
    List<String> stale = new ArrayList<>();
    for (String name : OTHER_FORMS) {
      if (has(name)) {
        (sameOrdinary && knowsAdded ? copied : stale).add(name);
      }
    }
    if (!stale.isEmpty()) {
      warnings.add(
          String.join(", ", stale) + " of " + donor + (stale.size() == 1 ? " is" : " are") + " left out: the vocabulary has changed, and"
              + " tokenizer.json alone says how");
    }
  }

  /** Entries that stay keep what they say; new ones are sorted in by id. */
  private ObjectNode decoder(ObjectNode old) {
    ObjectNode decoder = JsonNodeFactory.instance.objectNode();
    for (AddedToken token : tokenizer.addedTokens()) {
      String id = Integer.toString(token.id());
      decoder.set(id, old.has(id) ? old.get(id) : token.properties());
    }
    return decoder;
  }

  private ObjectNode addedTokens(ObjectNode old, TokenizerJson before) {
    ObjectNode tokens = JsonNodeFactory.instance.objectNode();
    for (AddedToken token : tokenizer.addedTokens()) {
      if (old.has(token.content()) || before.id(token.content()) < 0) {
        tokens.put(token.content(), token.id());
      }
    }
    return tokens;
  }

  /** Takes out the roles of tokens that are gone. */
  private void dropNamed(ObjectNode config, String file, TokenizerJson before, List<String> warnings) {
    for (String role : NAMED_TOKENS) {
      JsonNode value = config.path(role);
      String token = value.isObject() ? value.path("content").asText(null) : value.textValue();
      if (token != null && before.id(token) >= 0 && tokenizer.id(token) < 0) {
        // Null rather than absent: a tokenizer class would fall back to a token of its own and add that to the vocabulary.
        config.putNull(role);
        warnings.add(file + ": the " + role + " " + token + " is not in the output's vocabulary any more; the role is left empty");
      }
    }
  }

  void write(Path folder) {
    if (!copied.contains(TokenizerJson.FILE_NAME)) {
      JsonFiles.write(folder.resolve(TokenizerJson.FILE_NAME), tokenizer.toJson());
    }
    changed.forEach((name, content) -> JsonFiles.write(folder.resolve(name), content));
    AtomicFiles.copyInto(copied.stream().map(donor::resolve).toList(), folder);
  }
}
