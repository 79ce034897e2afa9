package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A text that ends inside the last message: a mark is put behind what is to be continued, and the rendered text is cut there, less the
 * white space before when the template does not keep it.
 */
final class Continuation {
  private static final String MARK = "CONTINUE_FINAL_MESSAGE_TAG ";

  private final String field;
  private String last = "";

  private Continuation(String field) {
    this.field = field;
  }

  /**
   * Null when the argument is absent or false.
   *
   * @param argument true for the content, or the name of the message's field that is to be continued
   */
  static @Nullable Continuation of(@Nullable Object argument) {
    Object plain = argument instanceof JsonNode node ? (node.isTextual() ? node.textValue() : (Object) node.asBoolean()) : argument;
    if (plain instanceof String field) {
      return field.isEmpty() ? null : new Continuation(field);
    }
    return Boolean.TRUE.equals(plain) ? new Continuation("content") : null;
  }

  /** A copy of the messages with the mark in the last. */
  ArrayNode mark(ArrayNode messages, String template) {
    ArrayNode marked = messages.deepCopy();
    if (!(marked.path(marked.size() - 1) instanceof ObjectNode message) || !message.hasNonNull(field)) {
      throw new ChatException("continue_final_message: the last message has no \"" + field + "\" to continue");
    }
    if (!template.contains(field)) {
      throw new ChatException("continue_final_message: the template does not use \"" + field + "\"");
    }
    JsonNode content = message.get(field);
    if (content.isTextual()) {
      last = content.textValue();
      message.put(field, last + MARK);
    } else if (!content.isArray() || !markLastText((ArrayNode) content)) {
      throw new ChatException("continue_final_message: the last message has no text to continue");
    }
    return marked;
  }

  private boolean markLastText(ArrayNode parts) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (parts.get(i) instanceof ObjectNode part && part.path("text").isTextual()) {
        last = part.get("text").textValue();
        part.put("text", last + MARK);
        return true;
      }
    }
    return false;
  }

  /** The rendered text up to the mark. */
  String cut(String rendered) {
    int mark = rendered.lastIndexOf(MARK.strip());
    if (mark < 0 || !rendered.contains(stripped(last))) {
      throw new ChatException("continue_final_message: the template does not print the last message as it is, so it cannot be continued");
    }
    String before = rendered.substring(0, mark);
    return rendered.startsWith(MARK, mark) ? before : before.substring(0, end(before));
  }

  private static String stripped(String text) {
    int begin = 0;
    int end = end(text);
    while (begin < end && isSpace(text.charAt(begin))) {
      begin++;
    }
    return text.substring(begin, end);
  }

  private static int end(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  /** As Python's {@code strip}. */
  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }
}
