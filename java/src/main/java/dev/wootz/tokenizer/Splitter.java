package dev.wootz.tokenizer;

/** Cuts text into pieces that are encoded each by itself: the {@code pre_tokenizer} of tokenizer.json. */
@FunctionalInterface
interface Splitter {
  /** The text is one piece. */
  Splitter WHOLE = (text, from, to, pieces) -> pieces.accept(text, from, to);

  /** Hands the pieces of {@code text[from, to)}, which is well-formed UTF-8 and not empty, to {@code pieces} in their order. */
  void split(byte[] text, int from, int to, Pieces pieces);

  /** Each piece of this one cut further. */
  default Splitter then(Splitter next) {
    if (this == WHOLE || next == WHOLE) {
      return this == WHOLE ? next : this;
    }
    return (text, from, to, pieces) -> split(text, from, to, (t, f, e) -> next.split(t, f, e, pieces));
  }

  /** Takes pieces; never an empty one. */
  @FunctionalInterface
  interface Pieces {
    void accept(byte[] text, int from, int to);
  }
}
