package dev.wootz.merge.method;

/**
 * The key at a rank among all keys of a tensor.
 *
 * @param key unsigned
 * @param below how many keys are smaller
 * @param equalBefore [tiles + 1], how many equal keys lie before each tile; the last entry counts all
 */
record OrderStatistic(int key, long below, long[] equalBefore) {

  /** @param equal [tiles], equal keys of each tile */
  static OrderStatistic of(int key, long below, long[] equal) {
    long[] before = new long[equal.length + 1];
    for (int tile = 0; tile < equal.length; tile++) {
      before[tile + 1] = before[tile] + equal[tile];
    }
    return new OrderStatistic(key, below, before);
  }

  long equal() {
    return equalBefore[equalBefore.length - 1];
  }
}
