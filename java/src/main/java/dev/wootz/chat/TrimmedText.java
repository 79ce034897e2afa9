package dev.wootz.chat;

/** A text that grows, without the white space at its beginning and end. */
final class TrimmedText {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder space = new StringBuilder();

  /** Adds a piece and gives what the text has grown by: white space waits for what follows it. */
  String add(String piece) {
    int end = piece.length();
    while (end > 0 && Character.isWhitespace(piece.charAt(end - 1))) {
      end--;
    }
    String body = piece.substring(0, end);
    if (body.isEmpty()) {
      space.append(piece);
      return "";
    }
    String grown = text.isEmpty() ? body.stripLeading() : space + body;
    space.setLength(0);
    space.append(piece, end, piece.length());
    text.append(grown);
    return grown;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
