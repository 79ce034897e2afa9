package dev.wootz.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A Hugging Face tokenizer.json: its ordinary tokens, added tokens and merges as arrays, the rest of the file as it was read, so that a
 * changed copy can be written. Checked on reading: every id in range and given once, every merge made of tokens of the vocabulary.
 * Immutable.
 *
 * <p>An ordinary token is one that the model (BPE, WordPiece, Unigram) makes of text; an added token is looked for before that. One token
 * may be both, with one id.
 */
public final class TokenizerJson {
  /** The file in a model's folder. */
  public static final String FILE_NAME = "tokenizer.json";

  /** Far above the largest vocabulary known; a bound on the arrays that a wrong file can make us allocate. */
  static final int MAX_ID = (1 << 24) - 1;

  /** The algorithms that cut text into ordinary tokens. */
  public enum ModelType {
    BPE("BPE"),
    WORD_PIECE("WordPiece"),
    UNIGRAM("Unigram"),
    WORD_LEVEL("WordLevel");

    private final String jsonName;

    ModelType(String jsonName) {
      this.jsonName = jsonName;
    }

    /** The value of {@code model.type}. */
    public String jsonName() {
      return jsonName;
    }
  }

  private final Path path;
  private final ModelType modelType;
  private final ObjectNode frame;
  private final OrdinaryTokens ordinary;
  private final MergeRules merges;
  private final List<AddedToken> added;
  private final Map<String, Integer> ids;
  private final @Nullable String[] byId;

  /**
   * @param frame the file's tree with {@code null} in place of {@code added_tokens}, {@code model.vocab} and {@code model.merges}
   * @throws FormatException when ids or merges contradict each other
   */
  TokenizerJson(
      Path path, ModelType modelType, ObjectNode frame, OrdinaryTokens ordinary, MergeRules merges, List<AddedToken> added) {
    this.path = path;
    this.modelType = modelType;
    this.frame = frame;
    this.ordinary = ordinary;
    this.merges = merges;
    this.added = added.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
    int limit = 0;
    for (int id : ordinary.ids()) {
      limit = Math.max(limit, id + 1);
    }
    for (AddedToken token : added) {
      limit = Math.max(limit, token.id() + 1);
    }
    this.byId = new String[limit];
    this.ids = new HashMap<>((ordinary.count() + added.size()) * 4 / 3 + 1);
    for (int i = 0; i < ordinary.count(); i++) {
      name(ordinary.ids()[i], ordinary.tokens()[i], "model.vocab");
    }
    for (AddedToken token : added) {
      Integer ordinaryId = ids.get(token.content());
      if (ordinaryId == null) {
        name(token.id(), token.content(), "added_tokens");
      } else if (ordinaryId != token.id()) {
        throw invalid("added_tokens: token " + quote(token.content()) + " has id " + token.id() + ", elsewhere id " + ordinaryId);
      }
    }
  }

  private void name(int id, String token, String field) {
    if (byId[id] != null) {
      throw invalid(
          field + ": id " + id + " belongs to " + quote(byId[id]) + " and to " + quote(token) + ", expected one token for each id");
    }
    byId[id] = token;
    Integer before = ids.put(token, id);
    if (before != null) {
      throw invalid(field + ": token " + quote(token) + " has the ids " + before + " and " + id + ", expected one");
    }
  }

  private FormatException invalid(String problem) {
    return new FormatException(Reason.TOKEN_ID, path, problem);
  }

  private static String quote(String text) {
    return FormatException.quote(text);
  }

  /** The tokenizer.json of a model's folder. Throws {@link FormatException} that says what else is there when there is none. */
  public static TokenizerJson open(Path folder) {
    Path file = folder.resolve(FILE_NAME);
    if (Files.isRegularFile(file)) {
      return read(file);
    }
    for (String other : List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tekken.json", "vocab.json", "vocab.txt")) {
      if (Files.exists(folder.resolve(other))) {
        throw new FormatException(
            Reason.TOKENIZER_MISSING,
            folder,
            "found " + other + " but no tokenizer.json, which is what vocabularies are read from: save the tokenizer with Hugging Face's"
                + " fast (Rust) tokenizer to get one");
      }
    }
    throw new FormatException(Reason.TOKENIZER_MISSING, folder, "found no tokenizer.json, expected the tokenizer of a model");
  }

  /** Reads a tokenizer.json. Throws {@link FormatException} that names the field. */
  public static TokenizerJson read(Path file) {
    return TokenizerJsonReader.read(file);
  }

  public Path path() {
    return path;
  }

  public ModelType modelType() {
    return modelType;
  }

  /** One more than the largest id. */
  public int idLimit() {
    return byId.length;
  }

  /** One more than the largest id of an ordinary token. */
  public int ordinaryLimit() {
    return Arrays.stream(ordinary.ids()).max().orElse(-1) + 1;
  }

  /** Tokens, ordinary and added, each counted once; less than {@link #idLimit} when some ids name no token. */
  public int size() {
    return ids.size();
  }

  /** The id of a token, ordinary or added; -1 when there is no such token. */
  public int id(String token) {
    return ids.getOrDefault(token, -1);
  }

  /** The token with this id; null when there is none. */
  public @Nullable String token(int id) {
    return id >= 0 && id < byId.length ? byId[id] : null;
  }

  /** By id. */
  public List<AddedToken> addedTokens() {
    return added;
  }

  /** How many tokens the model makes of text. */
  public int ordinaryTokens() {
    return ordinary.count();
  }

  /** Merge rules of a BPE model, 0 for the others. */
  public int merges() {
    return merges.count();
  }

  /** The left part of merge rule {@code rank}: the id of an ordinary token. */
  public int mergeLeft(int rank) {
    return merges.left()[rank];
  }

  /** The right part of merge rule {@code rank}. */
  public int mergeRight(int rank) {
    return merges.right()[rank];
  }

  /** What merge rule {@code rank} makes. */
  public int mergeResult(int rank) {
    return merges.result()[rank];
  }

  /** Whether both give every token the same id. */
  public boolean sameIds(TokenizerJson other) {
    return this == other || Arrays.equals(byId, other.byId);
  }

  /**
   * The same tokenizer without the tokens whose id is {@code limit} or more, and without the merges that need them. Ordinary tokens can be
   * taken from a BPE model only: the others choose between tokens by scores or length, and lose their fall-back.
   *
   * @throws IllegalStateException when another model would lose ordinary tokens
   */
  public TokenizerJson trimmed(int limit) {
    OrdinaryTokens kept = ordinary.below(limit);
    if (modelType != ModelType.BPE && kept.count() < ordinary.count()) {
      throw new IllegalStateException("only the vocabulary of a BPE model can be trimmed, this one is " + modelType.jsonName());
    }
    List<AddedToken> keptAdded = added.stream().filter(token -> token.id() < limit).toList();
    return new TokenizerJson(path, modelType, frame, kept, merges.below(limit), keptAdded);
  }

  /** The same tokenizer with more added tokens; one that is an ordinary token already keeps its id and becomes both. */
  public TokenizerJson withAdded(List<AddedToken> more) {
    List<AddedToken> all = new ArrayList<>(added);
    all.addAll(more);
    return new TokenizerJson(path, modelType, frame, ordinary, merges, all);
  }

  /** A field of the file other than the vocabulary, with its place for messages. */
  Component component(String name) {
    return new Component(path, name, frame.path(name));
  }

  /** Ids of the tokens that the model makes of text. */
  BitSet ordinaryIds() {
    BitSet found = new BitSet(byId.length);
    for (int id : ordinary.ids()) {
      found.set(id);
    }
    return found;
  }

  /** The tokens by id, null where an id names none; not a copy. */
  @Nullable String[] tokensById() {
    return byId;
  }

  MergeRules mergeRules() {
    return merges;
  }

  /** The ids that {@code post_processor} puts around every text, such as the one of {@code <s>}. */
  public Set<Integer> postProcessorIds() {
    Set<Integer> found = new TreeSet<>();
    JsonNode processor = frame.path("post_processor");
    List<JsonNode> parts = new ArrayList<>(List.of(processor));
    processor.path("processors").forEach(parts::add);
    for (JsonNode part : parts) {
      for (JsonNode special : part.path("special_tokens")) {
        special.path("ids").forEach(id -> found.add(id.asInt()));
      }
      for (String pair : List.of("sep", "cls")) {
        if (part.path(pair).path(1).isInt()) {
          found.add(part.path(pair).path(1).intValue());
        }
      }
    }
    return found;
  }

  /** The content of the file. */
  public ObjectNode toJson() {
    ObjectNode root = frame.deepCopy();
    ArrayNode addedTokens = root.arrayNode(added.size());
    root.set("added_tokens", addedTokens);
    added.forEach(token -> addedTokens.add(token.toJson()));
    ObjectNode model = (ObjectNode) root.get("model");
    model.set("vocab", ordinary.toJson());
    if (model.has("merges")) {
      model.set("merges", merges.toJson(byId));
    }
    return root;
  }
}
