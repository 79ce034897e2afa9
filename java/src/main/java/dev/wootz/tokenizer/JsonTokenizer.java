package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.tokenizer.SplitterReader.Splitters;
import dev.wootz.tokenizer.TokenizerJson.ModelType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a tokenizer of a tokenizer.json. */
final class JsonTokenizer {
  private final TokenizerJson json;
  private final Component model;

  private JsonTokenizer(TokenizerJson json) {
    this.json = json;
    this.model = json.component("model");
  }

  static TokenizerParts read(TokenizerJson json) {
    return new JsonTokenizer(json).parts();
  }

  private TokenizerParts parts() {
    requireSupportedModel();
    Normalizer normalizer = NormalizerReader.read(json.component("normalizer"));
    Splitters splitters = SplitterReader.read(json.component("pre_tokenizer"));
    Decoder decoder = DecoderReader.read(json.component("decoder"));
    Vocabulary vocabulary =
        new Vocabulary(json.tokensById(), json::id, json.ordinaryIds(), json.addedTokens(), decoder::bytes);
    Surround surround = surround(vocabulary);
    NamedTokens named = NamedTokens.read(json.path(), vocabulary);
    MergeRules merges = json.mergeRules();
    BytePairs pairs = new BytePairs(alphabet(vocabulary, splitters.byteLevel()), merges.left(), merges.right(), merges.result());
    WholeWords whole = model.flag("ignore_merges", false) ? wholeWords(vocabulary, splitters.byteLevel()) : null;
    Splitter cut = cutsNothing(splitters) ? WordCuts.of(vocabulary, merges) : Splitter.WHOLE;
    Encoding encoding =
        new Encoding(
            added(false, Utf8::encode),
            added(true, content -> normalized(normalizer, content)),
            normalizer,
            splitters.first().then(cut),
            splitters.later().then(cut),
            () -> new WordEncoder(pairs, whole));
    return new TokenizerParts(vocabulary, encoding, decoder, surround, named);
  }

  private void requireSupportedModel() {
    if (json.modelType() != ModelType.BPE) {
      throw model.unsupported("type", FormatException.quote(json.modelType().jsonName()), "BPE");
    }
    if (model.node().path("dropout").asDouble(0) > 0) {
      throw model.unsupported("dropout", model.node().path("dropout").asText(), "null, for the same text is to have the same tokens");
    }
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.node().path(affix).asText("").isEmpty() && !model.node().path(affix).isNull()) {
        throw model.unsupported(affix, FormatException.quote(model.node().path(affix).asText()), "null");
      }
    }
  }

  private Surround surround(Vocabulary vocabulary) {
    Surround surround = Surround.read(json.component("post_processor"));
    for (int id : Surround.join(surround.before(), surround.after())) {
      if (!vocabulary.has(id)) {
        throw new FormatException(Reason.TOKEN_ID, json.path(), "post_processor: found id " + id + ", which names no token");
      }
    }
    return surround;
  }

  private static boolean cutsNothing(Splitters splitters) {
    return splitters.first() == Splitter.WHOLE && !splitters.byteLevel();
  }

  private Alphabet alphabet(Vocabulary vocabulary, boolean byteLevel) {
    int unknown = -1;
    if (model.node().path("unk_token").isTextual()) {
      String token = model.text("unk_token");
      unknown = json.id(token);
      if (unknown < 0) {
        throw model.wrong("model.unk_token", FormatException.quote(token) + " is not a token of model.vocab");
      }
    }
    int[] bytes = new int[256];
    Arrays.fill(bytes, -1);
    if (byteLevel) {
      for (int b = 0; b < 256; b++) {
        bytes[b] = json.id(ByteAlphabet.token(b));
      }
      return new Alphabet.Bytes(bytes, unknown);
    }
    if (model.flag("byte_fallback", false)) {
      for (int b = 0; b < 256; b++) {
        bytes[b] = json.id(String.format("<0x%02X>", b));
      }
    }
    return new Alphabet.Characters(vocabulary, bytes, unknown, model.flag("fuse_unk", false));
  }

  private static WholeWords wholeWords(Vocabulary vocabulary, boolean byteLevel) {
    return new WholeWords(
        vocabulary, byteLevel ? (id, token) -> ByteAlphabet.bytes(token) : (id, token) -> token.getBytes(StandardCharsets.UTF_8));
  }

  private @Nullable AddedTokens added(boolean normalized, Function<String, byte[]> spelling) {
    return AddedTokens.of(json.addedTokens().stream().filter(token -> token.normalized() == normalized).toList(), spelling);
  }

  private static byte[] normalized(Normalizer normalizer, String content) {
    Span span = normalizer.apply(Span.of(content));
    return Arrays.copyOfRange(span.bytes(), span.from(), span.to());
  }
}
