package dev.wootz.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's way to write any bytes as visible characters, which byte-level vocabularies use for their tokens: printable Latin-1 stands for
 * itself, the 68 other bytes for U+0100 and what follows, so that {@code Ġ} is a space.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];

  /** [0x144], the byte of a character, -1 for none. */
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      CHARACTERS[b] = (char) (printable ? b : next++);
      BYTES[CHARACTERS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The token that stands for one byte. */
  static String token(int value) {
    return String.valueOf(CHARACTERS[value]);
  }

  /** The bytes that a token stands for; the token's UTF-8 where it has a character that is none of the alphabet, as in Hugging Face's. */
  static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }
}
