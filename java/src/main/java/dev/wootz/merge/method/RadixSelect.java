package dev.wootz.merge.method;

/** The key at a place of the sorted order, found by counting digits from the top: three passes at most, only the first over all keys. */
final class RadixSelect {
  private static final int DIGIT_BITS = 11;

  private RadixSelect() {}

  /**
   * @param value the key (unsigned)
   * @param below how many keys are smaller
   * @param equal how many keys are equal, itself included
   */
  record Found(int value, long below, long equal) {}

  /**
   * @param chunks keys (unsigned), of chunk i the first {@code counts[i]}
   * @param index from 0, below the number of keys
   * @param low no key is smaller
   * @param high no key is larger
   */
  static Found find(int[][] chunks, int[] counts, long index, int low, int high) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(low ^ high);
    int[] histogram = new int[1 << DIGIT_BITS];
    int value = bits == Integer.SIZE ? 0 : low >>> bits << bits;
    long below = 0;
    while (true) {
      int digitBits = Math.min(bits, DIGIT_BITS);
      int shift = bits - digitBits;
      int mask = (1 << digitBits) - 1;
      java.util.Arrays.fill(histogram, 0);
      for (int c = 0; c < chunks.length; c++) {
        int[] keys = chunks[c];
        for (int i = 0; i < counts[c]; i++) {
          histogram[keys[i] >>> shift & mask]++;
        }
      }
      int digit = 0;
      while (below + histogram[digit] <= index) {
        below += histogram[digit++];
      }
      value |= digit << shift;
      if (shift == 0) {
        return new Found(value, below, histogram[digit]);
      }
      chunks = new int[][] {withPrefix(chunks, counts, value >>> shift, shift, histogram[digit])};
      counts = new int[] {histogram[digit]};
      bits = shift;
    }
  }

  private static int[] withPrefix(int[][] chunks, int[] counts, int prefix, int shift, int expected) {
    int[] kept = new int[expected];
    int n = 0;
    for (int c = 0; c < chunks.length && n < expected; c++) {
      int[] keys = chunks[c];
      for (int i = 0; i < counts[c]; i++) {
        if (keys[i] >>> shift == prefix) {
          kept[n++] = keys[i];
        }
      }
    }
    return kept;
  }
}
