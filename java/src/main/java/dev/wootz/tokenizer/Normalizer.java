package dev.wootz.tokenizer;

/** Rewrites text before it is cut into words: the {@code normalizer} of tokenizer.json. Gives the same span back where nothing changes. */
@FunctionalInterface
interface Normalizer {
  Normalizer NONE = text -> text;

  Span apply(Span text);

  /** This one, then the other. */
  default Normalizer then(Normalizer next) {
    return this == NONE ? next : next == NONE ? this : text -> next.apply(apply(text));
  }
}
