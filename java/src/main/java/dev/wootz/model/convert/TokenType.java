package dev.wootz.model.convert;

/** Numbers of {@code tokenizer.ggml.token_type}: SentencePiece's types of pieces. */
final class TokenType {
  static final int NORMAL = 1;
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  private TokenType() {}

  /** {@code <0x0A>} */
  static boolean isByte(String token) {
    return token.length() == 6 && token.startsWith("<0x") && token.endsWith(">");
  }
}
