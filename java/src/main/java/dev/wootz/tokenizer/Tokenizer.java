package dev.wootz.tokenizer;

import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Cuts text into the tokens of a model, and puts text together from them. Gives the same ids as Hugging Face's tokenizers.
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizer.load(Path.of("Qwen3-0.6B"));
 * int[] ids = tokenizer.encode("Hello, world");
 * String text = tokenizer.decode(ids);
 * }</pre>
 *
 * <p>Immutable, and safe for any number of threads. Byte-pair vocabularies only, byte-level ones (GPT-2, Llama 3, Qwen) and those in
 * SentencePiece's manner (Llama 2); what a file asks for beyond that is refused when it is loaded, with the name of the component.
 *
 * <p>An unpaired surrogate in a {@code String} counts as U+FFFD.
 */
public final class Tokenizer {
  private final Vocabulary vocabulary;
  private final Encoding encoding;
  private final Decoder decoder;
  private final Surround surround;
  private final NamedTokens named;

  private Tokenizer(TokenizerParts parts) {
    this.vocabulary = parts.vocabulary();
    this.encoding = parts.encoding();
    this.decoder = parts.decoder();
    this.surround = withNamed(parts.surround(), parts.named());
    this.named = parts.named();
  }

  /** Where no template says it, the flags {@code add_bos_token} and {@code add_eos_token} do. */
  private static Surround withNamed(Surround template, NamedTokens named) {
    if (template.before().length + template.after().length > 0) {
      return template;
    }
    int[] before = named.addBos() ? named.bos().stream().toArray() : new int[0];
    int[] after = named.addEos() ? named.eos().stream().toArray() : new int[0];
    return new Surround(before, after);
  }

  /**
   * Reads the tokenizer of a model.
   *
   * @param place a Hugging Face folder, a tokenizer.json or a .gguf file; tokenizer_config.json beside a tokenizer.json, if there, names
   *     the special tokens
   * @throws dev.wootz.format.FormatException naming the file and the field that is wrong or not supported
   */
  public static Tokenizer load(Path place) {
    if (place.toString().toLowerCase(Locale.ROOT).endsWith(".gguf")) {
      try (GgufFile file = GgufFile.open(place)) {
        return of(file.metadata());
      }
    }
    return of(Files.isDirectory(place) ? TokenizerJson.open(place) : TokenizerJson.read(place));
  }

  /**
   * Makes a tokenizer of a file that was read.
   *
   * @throws dev.wootz.format.FormatException naming the file and the field that is wrong or not supported
   */
  public static Tokenizer of(TokenizerJson json) {
    return new Tokenizer(JsonTokenizer.read(json));
  }

  /**
   * Makes a tokenizer of the keys {@code tokenizer.ggml.*} of a GGUF file. It gives the ids of the Hugging Face tokenizer that the file was
   * made from, where llama.cpp's differ: composed characters (NFC), a newer Unicode.
   *
   * @throws dev.wootz.format.FormatException naming the file and the key that is wrong or not supported
   */
  public static Tokenizer of(GgufMetadata metadata) {
    return new Tokenizer(GgufTokenizer.read(metadata));
  }

  /** The ids of a text. Added tokens in it, such as {@code <|im_end|>}, are recognized; nothing is put around it. */
  public int[] encode(String text) {
    return encode(text, false, true);
  }

  /**
   * The ids of a text.
   *
   * @param addSpecial puts around it what belongs around every text of this model, such as a beginning-of-text token
   * @param parseAdded recognizes added tokens; otherwise {@code <|im_end|>} is text like any other, as what users wrote should be
   */
  public int[] encode(String text, boolean addSpecial, boolean parseAdded) {
    return encodeWellFormed(Utf8.encode(text), addSpecial, parseAdded);
  }

  /** As {@link #encode(String)}, from UTF-8. */
  public int[] encodeUtf8(byte[] utf8) {
    return encodeUtf8(utf8, false, true);
  }

  /**
   * As {@link #encode(String, boolean, boolean)}, from UTF-8. What is not UTF-8 becomes U+FFFD, one for each longest start of a character
   * that does not go on, as with Python's {@code errors="replace"}.
   */
  public int[] encodeUtf8(byte[] utf8, boolean addSpecial, boolean parseAdded) {
    return encodeWellFormed(Utf8.repair(utf8), addSpecial, parseAdded);
  }

  private int[] encodeWellFormed(byte[] text, boolean addSpecial, boolean parseAdded) {
    Ids ids = new Ids(text.length / 4 + 16);
    if (addSpecial) {
      ids.addAll(surround.before(), surround.before().length);
    }
    encoding.encode(text, parseAdded, ids);
    if (addSpecial) {
      ids.addAll(surround.after(), surround.after().length);
    }
    return ids.toArray();
  }

  /** The text of the ids, special tokens included. */
  public String decode(int[] ids) {
    return decode(ids, false);
  }

  /**
   * The text of the ids. Bytes that are not UTF-8 become U+FFFD; an id that names no token, such as one of the unused rows of an embedding,
   * adds nothing.
   *
   * @param skipSpecial leaves special tokens out
   */
  public String decode(int[] ids, boolean skipSpecial) {
    return stream(skipSpecial).all(ids);
  }

  /**
   * Decodes tokens as they come.
   *
   * @param skipSpecial leaves special tokens out
   */
  public TextStream stream(boolean skipSpecial) {
    return new TextStream(vocabulary, decoder.begin(), skipSpecial);
  }

  /**
   * Decodes tokens as they come, of a text that has begun before them: what comes out are their {@link #bytes}. Vocabularies in SentencePiece's
   * manner take a space from the start of a text; here it stays.
   *
   * @param skipSpecial leaves special tokens out
   */
  public TextStream streamWithin(boolean skipSpecial) {
    return new TextStream(vocabulary, decoder.beginWithin(), skipSpecial);
  }

  /** One more than the largest id. A model may have more rows in its embedding than that. */
  public int size() {
    return vocabulary.size();
  }

  /** The bytes that a token stands for within a text; they need not be whole characters. Empty for an id that names no token. */
  public byte[] bytes(int id) {
    return vocabulary.bytes(id);
  }

  /**
   * A token as the vocabulary writes it: {@code Ġthe} for {@code " the"} in a byte-level one, {@code ▁the} in SentencePiece's manner.
   *
   * @throws IndexOutOfBoundsException when the id names no token
   */
  public String token(int id) {
    String token = vocabulary.token(id);
    if (token == null) {
      throw new IndexOutOfBoundsException("no token has id " + id + "; ids are below " + size());
    }
    return token;
  }

  /** The id of a token, written as the vocabulary does. */
  public OptionalInt id(String token) {
    return vocabulary.id(token);
  }

  /** Whether a token is for the program rather than the reader, so that it can be left out when decoding. */
  public boolean isSpecial(int id) {
    return vocabulary.isSpecial(id);
  }

  /** The token that begins a text. */
  public OptionalInt bos() {
    return named.bos();
  }

  /** The token that ends a text. A model may know more such tokens: its generation_config.json says. */
  public OptionalInt eos() {
    return named.eos();
  }

  /** The token that fills batches up. */
  public OptionalInt pad() {
    return named.pad();
  }

  /** The ids that are put after a text with {@code addSpecial}, such as the end token that Qwen3-Embedding pools at. A copy. */
  public int[] after() {
    return surround.after().clone();
  }

  /** Whether {@link #bos} is among what is put around a text with {@code addSpecial}. */
  public boolean addsBos() {
    return named.bos().isPresent() && surround.before().length > 0 && surround.before()[0] == named.bos().getAsInt();
  }
}
