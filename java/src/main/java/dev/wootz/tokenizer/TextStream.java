package dev.wootz.tokenizer;

/**
 * Decodes tokens as they come. Text is handed out once no later token can change it, so never half a character: all pieces together are
 * what {@link Tokenizer#decode(int[], boolean)} makes of all ids. For one thread at a time.
 *
 * <p>With byte-level vocabularies a character comes with the token that completes it. With SentencePiece vocabularies a character that is
 * spelled in bytes comes with the token after its bytes.
 */
public final class TextStream {
  private final Vocabulary vocabulary;
  private final Decoder.State state;
  private final boolean skipSpecial;
  private final StringBuilder out = new StringBuilder();

  TextStream(Vocabulary vocabulary, Decoder.State state, boolean skipSpecial) {
    this.vocabulary = vocabulary;
    this.state = state;
    this.skipSpecial = skipSpecial;
  }

  /** The text that is complete with this token and was not before; often empty. An id that names no token adds nothing. */
  public String next(int id) {
    add(id);
    return take();
  }

  /** What is left; an unfinished character becomes U+FFFD. The stream ends with it. */
  public String finish() {
    state.end(out);
    return take();
  }

  private void add(int id) {
    String token = vocabulary.token(id);
    if (token != null && !(skipSpecial && vocabulary.isSpecial(id))) {
      state.token(id, token, out);
    }
  }

  private String take() {
    String text = out.toString();
    out.setLength(0);
    return text;
  }

  String all(int[] ids) {
    for (int id : ids) {
      add(id);
    }
    return finish();
  }
}
