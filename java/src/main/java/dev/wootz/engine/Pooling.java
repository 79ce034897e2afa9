package dev.wootz.engine;

/** Which tokens' hidden states (after the final norm) become the embedding of a text. */
public enum Pooling {
  /** The last token's, which has seen all others: what decoders such as Qwen3-Embedding are trained for. */
  LAST,
  /** The mean over all tokens, those that the tokenizer puts around the text included. */
  MEAN,
  /** The first token's ("CLS"). In a decoder it has seen nothing of the text but itself: only for models whose files ask for it. */
  FIRST;

  /** Position of the first token that counts, in a text of {@code length} tokens. */
  int from(int length) {
    return this == LAST ? length - 1 : 0;
  }

  /** Position after the last token that counts. */
  int to(int length) {
    return this == FIRST ? 1 : length;
  }
}
