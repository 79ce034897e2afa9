package dev.wootz.tokenizer;

/** What a split does with what its pattern matches: {@code behavior} in tokenizer.json. */
enum SplitBehavior {
  /** Each match is a piece, and each stretch between two. */
  ISOLATED("Isolated"),
  /** Matches are dropped. */
  REMOVED("Removed"),
  /** Matches that touch are one piece, and so is what lies between. */
  CONTIGUOUS("Contiguous"),
  /** A match ends the piece before it. */
  MERGED_WITH_PREVIOUS("MergedWithPrevious"),
  /** A match begins the piece after it. */
  MERGED_WITH_NEXT("MergedWithNext");

  private final String jsonName;

  SplitBehavior(String jsonName) {
    this.jsonName = jsonName;
  }

  String jsonName() {
    return jsonName;
  }

  /**
   * Turns matches into pieces.
   *
   * @param ends [n], where each stretch ends; the first starts at {@code from}; in turns or not, matched and unmatched
   * @param matched [n], 1 where the stretch is a match
   */
  void cut(byte[] text, int from, Ids ends, Ids matched, Splitter.Pieces pieces) {
    int n = ends.size();
    int start = from;
    for (int k = 0; k < n; k++) {
      boolean match = matched.get(k) == 1;
      boolean nextMatch = k + 1 < n && matched.get(k + 1) == 1;
      boolean cut =
          switch (this) {
            case ISOLATED, REMOVED -> true;
            case CONTIGUOUS -> match != nextMatch;
            case MERGED_WITH_PREVIOUS -> match || !nextMatch;
            case MERGED_WITH_NEXT -> !match || nextMatch;
          };
      // A second match in a row has no piece to join and stands by itself.
      if (cut || k + 1 == n) {
        if (this != REMOVED || !match) {
          pieces.accept(text, start, ends.get(k));
        }
        start = ends.get(k);
      }
    }
  }
}
