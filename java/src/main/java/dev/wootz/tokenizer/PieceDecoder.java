package dev.wootz.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * For vocabularies in SentencePiece's manner: tokens are text with {@code ▁} for a space, and {@code <0x0A>} for a byte of a character
 * that has no token. A run of such bytes that is not UTF-8 becomes one U+FFFD for each byte.
 *
 * @param replacements made in each token, in this order
 * @param byteFallback whether tokens can name bytes
 * @param strip what is taken from the start of the text
 * @param separator between tokens
 */
record PieceDecoder(List<Replacement> replacements, boolean byteFallback, Strip strip, String separator) implements Decoder {
  /** Every {@code from} becomes {@code to}. */
  record Replacement(String from, String to) {}

  /**
   * @param content the character to take away
   * @param most how many of them
   * @param eachToken from each token, not from the text as a whole
   * @param firstTokenOnly only those that the first token has
   */
  record Strip(String content, int most, boolean eachToken, boolean firstTokenOnly) {
    static final Strip NONE = new Strip(" ", 0, false, false);

    /** How many characters of {@code content} {@code text} starts with, at most {@code limit}. */
    int leading(String text, int limit) {
      int n = 0;
      while (n < limit && text.startsWith(content, n * content.length())) {
        n++;
      }
      return n;
    }
  }

  /** The byte that a token names, -1 when it names none. */
  static int namedByte(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private String replaced(String token) {
    String text = token;
    for (Replacement replacement : replacements) {
      text = text.replace(replacement.from(), replacement.to());
    }
    return text;
  }

  @Override
  public byte[] bytes(int id, String token) {
    int named = byteFallback ? namedByte(token) : -1;
    return named >= 0 ? new byte[] {(byte) named} : replaced(token).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public State begin() {
    return new PieceState(strip.most(), separator);
  }

  @Override
  public State beginWithin() {
    return new PieceState(0, "");
  }

  private final class PieceState implements State {
    private byte[] run = new byte[16];
    private int n;
    private int toStrip;
    private final String between;
    private boolean first = true;

    PieceState(int toStrip, String between) {
      this.toStrip = toStrip;
      this.between = between;
    }

    @Override
    public void token(int id, String token, StringBuilder out) {
      String text = replaced(token);
      int named = byteFallback ? namedByte(text) : -1;
      if (named >= 0) {
        if (n == run.length) {
          run = Arrays.copyOf(run, 2 * n);
        }
        run[n++] = (byte) named;
        return;
      }
      endRun(out);
      piece(text, out);
    }

    private void piece(String text, StringBuilder out) {
      if (!first) {
        out.append(between);
      }
      int taken = strip.leading(text, toStrip);
      out.append(text, taken * strip.content().length(), text.length());
      boolean all = taken * strip.content().length() == text.length();
      if (!strip.eachToken()) {
        toStrip = all && !strip.firstTokenOnly() ? toStrip - taken : 0;
      }
      first = false;
    }

    /** One piece for a run that is UTF-8, else one for each of its bytes. */
    private void endRun(StringBuilder out) {
      if (n > 0) {
        if (Utf8.isWellFormed(run, 0, n)) {
          piece(new String(run, 0, n, StandardCharsets.UTF_8), out);
        } else {
          for (int i = 0; i < n; i++) {
            piece("\uFFFD", out);
          }
        }
        n = 0;
      }
    }

    @Override
    public void end(StringBuilder out) {
      endRun(out);
    }
  }
}
