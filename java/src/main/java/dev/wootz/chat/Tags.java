package dev.wootz.chat;

import java.util.List;

/** The tags in which models of the Qwen and Hermes families think and call. */
public final class Tags {
  public static final String THINK = "<think>";
  public static final String END_THINK = "</think>";
  public static final String CALL = "<tool_call>";
  public static final String END_CALL = "</tool_call>";
  static final List<String> ALL = List.of(THINK, END_THINK, CALL, END_CALL);

  private Tags() {}

  /** How many characters at the end of {@code text} may be the beginning of {@code tag}. */
  static int partial(String text, String tag) {
    int length = Math.min(tag.length() - 1, text.length());
    while (!text.endsWith(tag.substring(0, length))) {
      length--;
    }
    return length;
  }
}
