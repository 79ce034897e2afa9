package dev.wootz.chat;

/** Goes through JSON, or what is nearly so, character by character and knows when its outermost bracket closes. */
final class BracketScan {
  private int depth;
  private char quote;
  private boolean escaped;
  private char before = '{';
  private int at;
  private int end = -1;

  /**
   * Goes on through {@code text} from where the last call stopped. Returns the position after the closing bracket, -1 when there is none
   * yet.
   */
  int advance(CharSequence text) {
    return advance(text, text.length());
  }

  /** As {@link #advance(CharSequence)}, up to {@code limit}. */
  int advance(CharSequence text, int limit) {
    for (; end < 0 && at < limit; at++) {
      next(text.charAt(at));
      if (depth == 0 && quote == 0 && isClosing(text.charAt(at))) {
        end = at + 1;
      }
    }
    return end;
  }

  private void next(char c) {
    if (quote != 0) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == quote) {
        quote = 0;
      }
      return;
    }
    // an apostrophe opens a text only where a text can stand
    if (c == '"' || (c == '\'' && "{[,:".indexOf(before) >= 0)) {
      quote = c;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (isClosing(c)) {
      depth--;
    }
    if (!Character.isWhitespace(c)) {
      before = c;
    }
  }

  private static boolean isClosing(char c) {
    return c == '}' || c == ']';
  }

  boolean inText() {
    return quote != 0;
  }
}
