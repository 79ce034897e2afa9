package dev.wootz.tokenizer;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * How the Hugging Face tokenizers behind the names of {@code tokenizer.ggml.pre} cut text. A GGUF file has no more than the name.
 *
 * @param normalizer composes (NFC) where the original does; llama.cpp never does
 * @param splitter makes a new one, for some are expressions that take time to compile
 * @param wholeWords whether a word that is a token is not cut by merges, {@code ignore_merges}
 * @param addBos whether a text begins with a token when {@code add_bos_token} is absent
 */
record GgufPreTokenizer(Normalizer normalizer, Supplier<Splitter> splitter, boolean wholeWords, boolean addBos) {
  private static final String CJK = "[一-龥ࠀ-一가-퟿]+";

  private static final String DEEPSEEK3 =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  /** By name, in alphabetical order. */
  static final Map<String, GgufPreTokenizer> KNOWN = known();

  /** Words of o200k and its relatives: {@code Camel|Case}; {@code tail} is what may follow within a word. */
  private static String cased(String tail, String digits) {
    String start = "[^\\r\\n\\p{L}\\p{N}]?";
    return start + UPPER + "*" + LOWER + "+" + tail + "|" + start + UPPER + "+" + LOWER + "*" + tail
        + "|\\p{N}" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  private static Map<String, GgufPreTokenizer> known() {
    Map<String, GgufPreTokenizer> known = new TreeMap<>();
    Supplier<Splitter> digitsAndWords = () -> CharSplitters.digits(true).then(new Gpt2Splitter());
    Supplier<Splitter> qwen2 = () -> new Cl100kSplitter(UnicodeTable.LETTER, 1);
    Supplier<Splitter> llama3 = () -> new Cl100kSplitter(UnicodeTable.LETTER, 3);
    put(known, Normalizer.NONE, Gpt2Splitter::new, "gpt-2", "phi-2");
    put(known, new Nfc(), Gpt2Splitter::new, "mpt", "olmo");
    put(known, Normalizer.NONE, digitsAndWords, "codeshell", "refact", "smollm", "starcoder");
    put(known, new Nfc(), digitsAndWords, "command-r");
    put(known, new Nfc(), qwen2, "qwen2", "deepseek-r1-qwen");
    put(known, new Nfc(), () -> new Cl100kSplitter(UnicodeTable.LETTER | UnicodeTable.MARK, 1), "qwen35");
    for (String name : new String[] {"llama-bpe", "llama-v3", "llama3"}) {
      known.put(name, new GgufPreTokenizer(Normalizer.NONE, llama3, true, true));
    }
    put(known, Normalizer.NONE, llama3, "dbrx", "smaug-bpe");
    put(known, Normalizer.NONE, () -> expressions("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, "\\p{N}"), "deepseek-coder");
    put(
        known,
        Normalizer.NONE,
        () -> expressions("\\p{N}{1,3}", "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+", DEEPSEEK3),
        "deepseek-v3");
    put(known, Normalizer.NONE, () -> expressions(cased("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "{1,3}")), "gpt-4o", "llama4");
    known.put("tekken", new GgufPreTokenizer(Normalizer.NONE, () -> expressions(cased("", "")), true, true));
    put(known, Normalizer.NONE, GgufPreTokenizer::falcon, "falcon");
    return Collections.unmodifiableMap(known);
  }

  private static void put(Map<String, GgufPreTokenizer> known, Normalizer normalizer, Supplier<Splitter> splitter, String... names) {
    for (String name : names) {
      known.put(name, new GgufPreTokenizer(normalizer, splitter, false, false));
    }
  }

  /** One after the other, each on the pieces of the one before. */
  private static Splitter expressions(String... expressions) {
    Splitter all = Splitter.WHOLE;
    for (String expression : expressions) {
      Pattern pattern = Pattern.compile(UnicodeClasses.inJava(expression), Pattern.UNICODE_CHARACTER_CLASS);
      all = all.then(new RegexSplitter(pattern, SplitBehavior.ISOLATED, false));
    }
    return all;
  }

  private static Splitter falcon() {
    return CharSplitters.punctuation(SplitBehavior.CONTIGUOUS).then(new Gpt2Splitter()).then(CharSplitters.digits(false))
        .then(expressions("[0-9][0-9][0-9]"));
  }
}
