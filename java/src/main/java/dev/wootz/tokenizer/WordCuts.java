package dev.wootz.tokenizer;

import java.util.Arrays;

/** Finds out whether a vocabulary without a pre-tokenizer may be encoded word by word all the same. */
final class WordCuts {
  private WordCuts() {}

  /** {@link Metaspace#words} where spaces have a token and no rule makes a token that goes across words. */
  static Splitter of(Vocabulary vocabulary, MergeRules merges) {
    boolean spaceIsToken = vocabulary.id(Metaspace.SPACE).isPresent();
    boolean across =
        Arrays.stream(merges.result())
            .anyMatch(
                id -> {
                  String token = vocabulary.token(id);
                  return token == null || Metaspace.goesAcrossWords(token);
                });
    return spaceIsToken && !across ? Metaspace.words() : Splitter.WHOLE;
  }
}
