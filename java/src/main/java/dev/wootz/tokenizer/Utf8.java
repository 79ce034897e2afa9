package dev.wootz.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * UTF-8 as tokenizers need it. Malformed bytes become U+FFFD by maximal subparts, as Unicode recommends and Python's {@code
 * errors="replace"} does: one for each longest start of a character that does not go on.
 */
final class Utf8 {
  private static final String REPLACEMENT = "\uFFFD";
  private static final byte[] REPLACEMENT_BYTES = REPLACEMENT.getBytes(StandardCharsets.UTF_8);

  private Utf8() {}

  /** The text in UTF-8; an unpaired surrogate as U+FFFD. */
  static byte[] encode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isUnpaired(text, i)) {
          return withoutUnpaired(text, i).getBytes(StandardCharsets.UTF_8);
        }
        i++;
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isUnpaired(String text, int i) {
    return i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
  }

  private static String withoutUnpaired(String text, int first) {
    StringBuilder repaired = new StringBuilder(text);
    for (int i = first; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isUnpaired(text, i)) {
          repaired.setCharAt(i, '\uFFFD');
        } else {
          i++;
        }
      }
    }
    return repaired.toString();
  }

  /** Bytes of the character that starts with {@code lead}, in well-formed text. */
  static int length(byte lead) {
    return lead >= 0 ? 1 : lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
  }

  /** The code point at {@code i} of well-formed text. */
  static int codePoint(byte[] text, int i) {
    byte lead = text[i];
    if (lead >= 0) {
      return lead;
    }
    if (lead < (byte) 0xE0) {
      return (lead & 31) << 6 | text[i + 1] & 63;
    }
    if (lead < (byte) 0xF0) {
      return (lead & 15) << 12 | (text[i + 1] & 63) << 6 | text[i + 2] & 63;
    }
    return (lead & 7) << 18 | (text[i + 1] & 63) << 12 | (text[i + 2] & 63) << 6 | text[i + 3] & 63;
  }

  /** Where the character before {@code i} starts, in well-formed text. */
  static int before(byte[] text, int i) {
    int start = i - 1;
    while ((text[start] & 0xC0) == 0x80) {
      start--;
    }
    return start;
  }

  /**
   * What stands at {@code i}: n > 0 for a character of n bytes, -n for n bytes that no character can start with, 0 where the text ends
   * within a character that is right so far.
   */
  static int measure(byte[] text, int i, int to) {
    int lead = text[i] & 255;
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
      return -1;
    }
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The second byte also keeps out overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4).
    int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (int k = 1; k < length; k++) {
      if (i + k == to) {
        return 0;
      }
      int next = text[i + k] & 255;
      if (next < low || next > high) {
        return -k;
      }
      low = 0x80;
      high = 0xBF;
    }
    return length;
  }

  /** How many bytes of {@code text[from, to)} do not end within a character. */
  static int complete(byte[] text, int from, int to) {
    for (int i = Math.max(from, to - 3); i < to; i++) {
      if ((text[i] & 0xC0) != 0x80 && measure(text, i, to) == 0) {
        return i - from;
      }
    }
    return to - from;
  }

  /** Well-formed text: the bytes themselves where they are. */
  static byte[] repair(byte[] text) {
    int bad = malformed(text, 0, text.length);
    if (bad == text.length) {
      return text;
    }
    byte[] out = new byte[text.length + 16];
    int n = 0;
    for (int i = 0; i < text.length; ) {
      bad = malformed(text, i, text.length);
      out = room(out, n + bad - i + REPLACEMENT_BYTES.length);
      System.arraycopy(text, i, out, n, bad - i);
      n += bad - i;
      i = bad;
      if (i < text.length) {
        System.arraycopy(REPLACEMENT_BYTES, 0, out, n, REPLACEMENT_BYTES.length);
        n += REPLACEMENT_BYTES.length;
        int measure = measure(text, i, text.length);
        i = measure == 0 ? text.length : i - measure;
      }
    }
    return Arrays.copyOf(out, n);
  }

  private static byte[] room(byte[] out, int needed) {
    return needed <= out.length ? out : Arrays.copyOf(out, Math.max(needed, out.length + out.length / 2));
  }

  /** The first byte that starts no complete character; {@code to} when there is none. */
  private static int malformed(byte[] text, int from, int to) {
    for (int i = from; i < to; ) {
      int measure = text[i] >= 0 ? 1 : measure(text, i, to);
      if (measure <= 0) {
        return i;
      }
      i += measure;
    }
    return to;
  }

  /** The text of {@code bytes[from, to)}. */
  static String decode(byte[] bytes, int from, int to) {
    if (malformed(bytes, from, to) == to) {
      return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }
    return new String(repair(Arrays.copyOfRange(bytes, from, to)), StandardCharsets.UTF_8);
  }

  /** Whether {@code bytes[from, to)} is well-formed and ends with a whole character. */
  static boolean isWellFormed(byte[] bytes, int from, int to) {
    return malformed(bytes, from, to) == to;
  }
}
