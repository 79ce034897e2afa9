package dev.wootz.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * Encodes words by joining neighbours, with the memory that needs: a cache of short words and the arrays for merging. For one thread at a
 * time.
 *
 * <p>A word of n symbols takes O(n log n), and no more than a few comparisons of each pair where it is short.
 */
final class WordEncoder implements Splitter.Pieces {
  /** Up to here looking through all pairs for the lowest rank is faster than keeping a heap. */
  private static final int SHORT = 32;

  private static final Ids NOWHERE = new Ids(0);
  private static final long NO_RULE = Long.MAX_VALUE;

  /** Arrays for a longer word than this are given back after it. */
  private static final int KEPT = 1 << 16;

  private final BytePairs pairs;
  private final @Nullable WholeWords whole;
  private final WordCache cache = new WordCache();
  private final Ids symbols = new Ids(64);
  private final long[] rules = new long[SHORT];
  private @Nullable LongWordMerge longWords;
  private Ids out = NOWHERE;

  /** @param whole words that are taken as they are when they are a token, {@code ignore_merges} */
  WordEncoder(BytePairs pairs, @Nullable WholeWords whole) {
    this.pairs = pairs;
    this.whole = whole;
  }

  /** Where the ids of the words to come go. */
  void begin(Ids ids) {
    out = ids;
  }

  /** Lets go of the list. */
  void end() {
    out = NOWHERE;
  }

  @Override
  public void accept(byte[] text, int from, int to) {
    int length = to - from;
    if (length > WordCache.LONGEST) {
      encode(text, from, to);
    } else if (!cache.find(text, from, length, out)) {
      int before = out.size();
      encode(text, from, to);
      int n = out.size() - before;
      if (n > 0 && n <= WordCache.MOST_IDS) {
        cache.put(out, n);
      }
    }
  }

  private void encode(byte[] text, int from, int to) {
    if (whole != null) {
      int id = whole.find(text, from, to);
      if (id >= 0) {
        out.add(id);
        return;
      }
    }
    symbols.clear();
    pairs.alphabet().symbols(text, from, to, symbols);
    if (symbols.size() <= SHORT) {
      mergeShort();
    } else {
      mergeLong();
    }
  }

  /** Joins the pair with the lowest rank, the leftmost of several, until no rule fits. */
  private void mergeShort() {
    int[] ids = symbols.array();
    int n = symbols.size();
    for (int i = 0; i + 1 < n; i++) {
      rules[i] = rule(ids[i], ids[i + 1]);
    }
    while (n > 1) {
      int best = 0;
      for (int i = 1; i + 1 < n; i++) {
        if (rules[i] >>> 32 < rules[best] >>> 32) {
          best = i;
        }
      }
      if (rules[best] == NO_RULE) {
        break;
      }
      ids[best] = (int) rules[best];
      int moved = n - best - 2;
      System.arraycopy(ids, best + 2, ids, best + 1, moved);
      if (moved > 0) {
        System.arraycopy(rules, best + 1, rules, best, moved);
        rules[best] = rule(ids[best], ids[best + 1]);
      }
      n--;
      if (best > 0) {
        rules[best - 1] = rule(ids[best - 1], ids[best]);
      }
    }
    out.addAll(ids, n);
  }

  private long rule(int left, int right) {
    long rule = pairs.rule(left, right);
    return rule < 0 ? NO_RULE : rule;
  }

  private void mergeLong() {
    LongWordMerge merge = longWords == null ? new LongWordMerge(pairs) : longWords;
    merge.merge(symbols.array(), symbols.size(), out);
    boolean small = symbols.size() <= KEPT;
    longWords = small ? merge : null;
    if (!small) {
      symbols.release();
    }
  }
}
