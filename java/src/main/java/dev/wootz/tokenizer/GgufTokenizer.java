package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufMetadata;
import dev.wootz.tokenizer.PieceDecoder.Replacement;
import dev.wootz.tokenizer.PieceDecoder.Strip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tokenizer of the keys {@code tokenizer.ggml.*} of a GGUF file, such that it gives the ids of the Hugging Face tokenizer that the
 * file was made from.
 */
final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";

  // Values of tokenizer.ggml.token_type; 1 is a normal token.
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private final GgufMetadata metadata;
  private final @Nullable String[] tokens;
  private final int[] types;
  private final Map<String, Integer> ids;
  private final BitSet ordinary = new BitSet();
  private final List<AddedToken> added = new ArrayList<>();

  private GgufTokenizer(GgufMetadata metadata) {
    this.metadata = metadata;
    List<String> names = metadata.strings(PREFIX + "tokens").orElseThrow(() -> missing("tokens", "the tokens by id"));
    this.types = metadata.integers(PREFIX + "token_type").orElseGet(() -> filled(names.size()));
    if (types.length != names.size()) {
      throw field("token_type", "found " + types.length + " values, expected one for each of " + names.size() + " tokens");
    }
    this.tokens = withoutPadding(names);
    this.ids = new HashMap<>(tokens.length * 4 / 3 + 1);
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token != null) {
        // A name that is there twice belongs to the ordinary token, which merges look for.
        ids.merge(token, id, (before, now) -> types[before] != NORMAL && types[now] == NORMAL ? now : before);
        sort(id, token);
      }
    }
  }

  static TokenizerParts read(GgufMetadata metadata) {
    String model = metadata.string(PREFIX + "model").orElse("");
    return switch (model) {
      case "gpt2" -> new GgufTokenizer(metadata).byteLevel();
      case "llama" -> new GgufTokenizer(metadata).pieces();
      case "" ->
          throw new FormatException(
              Reason.TOKENIZER_MISSING, metadata.path(), "key " + PREFIX + "model: missing, expected the tokenizer of a model");
      default ->
          throw new FormatException(
              Reason.TOKENIZER_UNSUPPORTED,
              metadata.path(),
              "key " + PREFIX + "model: found " + FormatException.quote(model)
                  + ", supported: gpt2 (byte-level BPE), llama (SentencePiece BPE)");
    };
  }

  private static int[] filled(int n) {
    int[] normal = new int[n];
    Arrays.fill(normal, NORMAL);
    return normal;
  }

  /** Rows that only fill an embedding up have names such as {@code [PAD151936]}, and no token in Hugging Face's files. */
  private @Nullable String[] withoutPadding(List<String> names) {
    @Nullable String[] kept = names.toArray(String[]::new);
    int limit = 0;
    for (int id = 0; id < kept.length; id++) {
      if (types[id] == UNUSED && names.get(id).startsWith("[PAD")) {
        kept[id] = null;
      } else {
        limit = id + 1;
      }
    }
    return Arrays.copyOf(kept, limit);
  }

  private void sort(int id, String token) {
    switch (types[id]) {
      case NORMAL -> ordinary.set(id);
      case UNKNOWN, CONTROL -> add(id, token, true);
      case USER_DEFINED -> add(id, token, false);
      case UNUSED, BYTE -> {}
      default -> throw field("token_type", "found " + types[id] + " for token " + id + ", expected 1 to 6");
    }
  }

  private void add(int id, String token, boolean special) {
    if (!token.isEmpty()) {
      added.add(new AddedToken(id, token, false, false, false, false, special));
    }
  }

  private Vocabulary vocabulary(Decoder decoder) {
    return new Vocabulary(tokens, token -> ids.getOrDefault(token, -1), ordinary, added, decoder::bytes);
  }

  private TokenizerParts byteLevel() {
    GgufPreTokenizer pre = preTokenizer();
    Decoder decoder = new ByteLevelDecoder();
    Vocabulary vocabulary = vocabulary(decoder);
    int[] bytes = new int[256];
    for (int b = 0; b < 256; b++) {
      bytes[b] = ids.getOrDefault(ByteAlphabet.token(b), -1);
    }
    MergeRules merges = merges();
    BytePairs pairs = new BytePairs(new Alphabet.Bytes(bytes, -1), merges.left(), merges.right(), merges.result());
    WholeWords whole = pre.wholeWords() ? new WholeWords(vocabulary, (id, token) -> ByteAlphabet.bytes(token)) : null;
    Splitter splitter = pre.splitter().get();
    Encoding encoding =
        new Encoding(
            AddedTokens.of(added, Utf8::encode), null, pre.normalizer(), splitter, splitter, () -> new WordEncoder(pairs, whole));
    return new TokenizerParts(vocabulary, encoding, decoder, Surround.NOTHING, named(pre.addBos()));
  }

  private TokenizerParts pieces() {
    boolean addPrefix = metadata.flag(PREFIX + "add_space_prefix").orElse(true);
    Decoder decoder =
        new PieceDecoder(
            List.of(new Replacement(Metaspace.SPACE, " ")), true, addPrefix ? new Strip(" ", 1, false, false) : Strip.NONE, "");
    Vocabulary vocabulary = vocabulary(decoder);
    float[] scores = metadata.floats(PREFIX + "scores").orElseThrow(() -> missing("scores", "a score for each token"));
    if (scores.length != types.length) {
      throw field("scores", "found " + scores.length + " values, expected one for each of " + types.length + " tokens");
    }
    MergeRules merges = ScoredMerges.of(vocabulary, scores);
    int[] bytes = new int[256];
    for (int b = 0; b < 256; b++) {
      bytes[b] = ids.getOrDefault(String.format("<0x%02X>", b), -1);
    }
    int unknown = id("unknown_token_id").orElse(-1);
    Alphabet alphabet = new Alphabet.Characters(vocabulary, bytes, unknown, true);
    BytePairs pairs = new BytePairs(alphabet, merges.left(), merges.right(), merges.result());
    Normalizer normalizer = NormalizerReader.replace(" ", Metaspace.SPACE);
    if (addPrefix) {
      normalizer = NormalizerReader.prepend(Metaspace.SPACE).then(normalizer);
    }
    Splitter words = WordCuts.of(vocabulary, merges);
    Encoding encoding =
        new Encoding(AddedTokens.of(added, Utf8::encode), null, normalizer, words, words, () -> new WordEncoder(pairs, null));
    return new TokenizerParts(vocabulary, encoding, decoder, Surround.NOTHING, named(true));
  }

  private GgufPreTokenizer preTokenizer() {
    String name =
        metadata
            .string(PREFIX + "pre")
            .orElseThrow(() -> missing("pre", "the name of a pre-tokenizer; files made before May 2024 lack it: convert the model again"));
    GgufPreTokenizer pre = GgufPreTokenizer.KNOWN.get(name);
    if (pre == null) {
      throw new FormatException(
          Reason.TOKENIZER_UNSUPPORTED,
          metadata.path(),
          "key " + PREFIX + "pre: found " + FormatException.quote(name)
              + ", supported: " + String.join(", ", GgufPreTokenizer.KNOWN.keySet()));
    }
    return pre;
  }

  private MergeRules merges() {
    List<String> rules = metadata.strings(PREFIX + "merges").orElseThrow(() -> missing("merges", "the merge rules"));
    int n = rules.size();
    MergeRules merges = new MergeRules(new int[n], new int[n], new int[n], false);
    for (int rank = 0; rank < n; rank++) {
      String rule = rules.get(rank);
      int space = rule.indexOf(' ', 1);
      int left = space < 0 ? -1 : ids.getOrDefault(rule.substring(0, space), -1);
      int right = left < 0 ? -1 : ids.getOrDefault(rule.substring(space + 1), -1);
      int result = right < 0 ? -1 : ids.getOrDefault(rule.substring(0, space) + rule.substring(space + 1), -1);
      if (result < 0) {
        throw new FormatException(
            Reason.TOKENIZER_MERGE,
            metadata.path(),
            "key " + PREFIX + "merges[" + rank + "]: found " + FormatException.quote(rule) + ", expected two tokens that make a third");
      }
      merges.left()[rank] = left;
      merges.right()[rank] = right;
      merges.result()[rank] = result;
    }
    return merges;
  }

  private NamedTokens named(boolean addBos) {
    return new NamedTokens(
        id("bos_token_id"),
        id("eos_token_id"),
        id("padding_token_id"),
        metadata.flag(PREFIX + "add_bos_token").orElse(addBos),
        metadata.flag(PREFIX + "add_eos_token").orElse(false));
  }

  private OptionalInt id(String name) {
    OptionalLong id = metadata.integer(PREFIX + name);
    if (id.isEmpty()) {
      return OptionalInt.empty();
    }
    if (id.getAsLong() < 0 || id.getAsLong() >= types.length) {
      throw new FormatException(
          Reason.TOKEN_ID,
          metadata.path(),
          "key " + PREFIX + name + ": found " + id.getAsLong() + ", expected an id below " + types.length);
    }
    return OptionalInt.of((int) id.getAsLong());
  }

  private FormatException missing(String name, String expected) {
    return field(name, "missing, expected " + expected);
  }

  private FormatException field(String name, String problem) {
    return new FormatException(Reason.TOKENIZER_FIELD, metadata.path(), "key " + PREFIX + name + ": " + problem);
  }
}
