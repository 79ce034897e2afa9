package dev.wootz.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON outside of any tag that could be a call, at the beginning of a text.
 *
 * @param fenced whether it stands in a fenced block
 * @param body the JSON
 * @param end where the text goes on, behind the block's end
 */
record BareCall(boolean fenced, String body, int end) {
  private static final String FENCE = "```";

  /** Maybe a fence, then an object, or a list of them, whose first key is one that calls have. */
  static final Pattern BEGIN =
      Pattern.compile(
          "(```[a-zA-Z_]{0,20}[ \\t]*\\r?\\n\\s*)?(\\[\\s*)?\\{\\s*"
              + "[\"'](?:name|tool|tool_name|function|function_name|type|id|arguments|parameters)[\"']\\s*:");

  /**
   * What {@code text} begins with, null when more of it is needed to tell.
   *
   * @param ended whether no more will come
   */
  static @Nullable BareCall at(String text, boolean ended) {
    Matcher begin = BEGIN.matcher(text);
    boolean fenced = begin.lookingAt() && begin.group(1) != null;
    int open = fenced ? begin.end(1) : 0;
    int length = new BracketScan().advance(text.substring(open));
    if (length < 0) {
      return ended ? new BareCall(fenced, text.substring(open), text.length()) : null;
    }
    int close = open + length;
    int end = fenced ? fenceEnd(text, close) : close;
    if (end < 0) {
      return ended ? new BareCall(true, text.substring(open, close), text.length()) : null;
    }
    return new BareCall(fenced, text.substring(open, close), end);
  }

  /** Behind the fence that closes the block; {@code from} when something else follows, -1 when too little does. */
  private static int fenceEnd(String text, int from) {
    int at = from;
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    if (text.startsWith(FENCE, at)) {
      return at + FENCE.length();
    }
    return FENCE.startsWith(text.substring(at)) ? -1 : from;
  }
}
