package dev.wootz.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * General category and white space of every code point as of Unicode 16, whichever version the JDK has, and how it takes part in
 * normalization as of Unicode 9. These are the versions in Hugging Face's tokenizers (Oniguruma 6.9.10 and a table of their own); models
 * have seen text cut with them.
 *
 * <p>{@code unicode-16.bin} is written by {@code UnicodeTableWriter} of the test sources, which describes it.
 */
final class UnicodeTable {
  /** The low bits of an entry: a general category as {@link Character} numbers them. */
  private static final int CATEGORY = 31;

  private static final int SPACE = 1 << 5;
  private static final int NFC_ACTIVE = 1 << 6;
  private static final int YOUNG = 1 << 7;

  private static final int BLOCK = 256;
  private static final int BLOCKS = (Character.MAX_CODE_POINT + 1) / BLOCK;

  /** Lu, Ll, Lt, Lm, Lo. */
  static final int LETTER =
      1 << Character.UPPERCASE_LETTER
          | 1 << Character.LOWERCASE_LETTER
          | 1 << Character.TITLECASE_LETTER
          | 1 << Character.MODIFIER_LETTER
          | 1 << Character.OTHER_LETTER;

  /** Mn, Mc, Me. */
  static final int MARK = 1 << Character.NON_SPACING_MARK | 1 << Character.COMBINING_SPACING_MARK | 1 << Character.ENCLOSING_MARK;

  /** Nd, Nl, No. */
  static final int NUMBER = 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;

  /** Pc, Pd, Ps, Pe, Pi, Pf, Po. */
  static final int PUNCTUATION =
      1 << Character.CONNECTOR_PUNCTUATION
          | 1 << Character.DASH_PUNCTUATION
          | 1 << Character.START_PUNCTUATION
          | 1 << Character.END_PUNCTUATION
          | 1 << Character.INITIAL_QUOTE_PUNCTUATION
          | 1 << Character.FINAL_QUOTE_PUNCTUATION
          | 1 << Character.OTHER_PUNCTUATION;

  /** Sm, Sc, Sk, So. */
  static final int SYMBOL =
      1 << Character.MATH_SYMBOL | 1 << Character.CURRENCY_SYMBOL | 1 << Character.MODIFIER_SYMBOL | 1 << Character.OTHER_SYMBOL;

  /** [BLOCKS], where the entries of each 256 code points begin in {@link #ENTRIES}. */
  private static final int[] STARTS = new int[BLOCKS];

  private static final byte[] ENTRIES = load();

  private UnicodeTable() {}

  /** Unpacks the runs; equal blocks are kept once. */
  private static byte[] load() {
    byte[] packed;
    try (InputStream in = UnicodeTable.class.getResourceAsStream("unicode-16.bin")) {
      if (in == null) {
        throw new IllegalStateException("the resource unicode-16.bin is missing from Wootz");
      }
      packed = in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the resource unicode-16.bin cannot be read", e);
    }
    byte[] all = new byte[BLOCKS * BLOCK];
    int c = 0;
    for (int i = 0; i < packed.length; ) {
      int run = 0;
      for (int shift = 0; ; shift += 7) {
        byte digits = packed[i++];
        run |= (digits & 127) << shift;
        if (digits >= 0) {
          break;
        }
      }
      Arrays.fill(all, c, c + run, packed[i++]);
      c += run;
    }
    byte[] entries = new byte[all.length];
    int used = 0;
    Map<String, Integer> known = new HashMap<>();
    for (int block = 0; block < BLOCKS; block++) {
      byte[] content = Arrays.copyOfRange(all, block * BLOCK, (block + 1) * BLOCK);
      Integer start = known.putIfAbsent(new String(content, StandardCharsets.ISO_8859_1), used);
      if (start == null) {
        System.arraycopy(content, 0, entries, used, BLOCK);
        start = used;
        used += BLOCK;
      }
      STARTS[block] = start;
    }
    return Arrays.copyOf(entries, used);
  }

  private static int entry(int codePoint) {
    return ENTRIES[STARTS[codePoint >>> 8] + (codePoint & 255)];
  }

  /** The set that holds the code point's category only: one bit, as in {@link #LETTER} and the other sets. */
  static int category(int codePoint) {
    return 1 << (entry(codePoint) & CATEGORY);
  }

  /** The property White_Space. */
  static boolean isSpace(int codePoint) {
    return (entry(codePoint) & SPACE) != 0;
  }

  /** Whether composing (NFC) may change the code point, join it to the one before, or change its place. */
  static boolean isNfcActive(int codePoint) {
    return (entry(codePoint) & NFC_ACTIVE) != 0;
  }

  /** Whether normalizing must leave the code point alone although the JDK may know better: it joined after Unicode 9. */
  static boolean isYoung(int codePoint) {
    return (entry(codePoint) & YOUNG) != 0;
  }

  /** What {@code \w} matches: letters, marks, digits, letter-like numbers and symbols, connectors, joiners. */
  static boolean isWord(int codePoint) {
    int word = LETTER | MARK | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION;
    return (category(codePoint) & word) != 0
        || codePoint == 0x200C
        || codePoint == 0x200D
        || codePoint >= 0x24B6 && codePoint <= 0x24E9
        || codePoint >= 0x1F130 && codePoint <= 0x1F149
        || codePoint >= 0x1F150 && codePoint <= 0x1F169
        || codePoint >= 0x1F170 && codePoint <= 0x1F189;
  }
}
