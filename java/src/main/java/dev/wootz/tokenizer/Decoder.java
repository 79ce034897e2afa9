package dev.wootz.tokenizer;

/** Turns ids back into text: the {@code decoder} of tokenizer.json. */
interface Decoder {
  /** Begins a text. */
  State begin();

  /** Begins in the middle of a text: what comes out are the {@link #bytes} of the tokens, as characters. */
  State beginWithin();

  /** The bytes that a token stands for in the middle of a text. */
  byte[] bytes(int id, String token);

  /** A text in the making. Hands out what later tokens cannot change any more. */
  interface State {
    void token(int id, String token, StringBuilder out);

    /** The rest; a character that was not finished becomes U+FFFD. */
    void end(StringBuilder out);
  }
}
