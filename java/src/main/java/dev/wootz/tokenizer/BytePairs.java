package dev.wootz.tokenizer;

/**
 * A byte-pair vocabulary: the symbols that it starts from and the rules by which neighbours are joined, the rule of the lowest rank first
 * and of its places the leftmost (Sennrich et al. 2016, arXiv 1508.07909).
 *
 * <p>Immutable; {@link WordEncoder} works with it.
 */
final class BytePairs {
  private final Alphabet alphabet;
  private final LongTable rules;

  /**
   * @param left [n], by rank
   * @param right [n]
   * @param result [n]
   */
  BytePairs(Alphabet alphabet, int[] left, int[] right, int[] result) {
    this.alphabet = alphabet;
    this.rules = table(left, right, result);
  }

  private static LongTable table(int[] left, int[] right, int[] result) {
    LongTable rules = new LongTable(left.length);
    // Hugging Face's table keeps the last of two rules for one pair.
    for (int rank = left.length - 1; rank >= 0; rank--) {
      rules.putIfAbsent(pair(left[rank], right[rank]), (long) rank << 32 | result[rank]);
    }
    return rules;
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  Alphabet alphabet() {
    return alphabet;
  }

  /** The rule for these neighbours: its rank in the upper half, what it makes in the lower; negative when there is none. */
  long rule(int left, int right) {
    return rules.get(pair(left, right));
  }
}
