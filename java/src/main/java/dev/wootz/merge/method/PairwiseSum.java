package dev.wootz.merge.method;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The sum of a float32 vector as {@code numpy.sum} adds it: halves (the first a multiple of 8 long) down to at most 128 elements, those in
 * 8 lanes. Takes the vector in order, in pieces of any length.
 */
final class PairwiseSum {
  private static final int LEAF = 128;
  private static final int LANES = 8;

  /** On the stack of what is to come: add the two results found last. */
  private static final long ADD = -1;

  private final Deque<Long> toCome = new ArrayDeque<>();
  private final Deque<Float> found = new ArrayDeque<>();
  private final float[] leaf = new float[LEAF];
  private int expected;
  private int filled;

  PairwiseSum(long length) {
    toCome.push(length);
    descend();
  }

  void add(float[] values) {
    for (int i = 0; i < values.length; ) {
      int taken = Math.min(expected - filled, values.length - i);
      System.arraycopy(values, i, leaf, filled, taken);
      filled += taken;
      i += taken;
      if (filled == expected) {
        found.push(sum(leaf, expected));
        ascend();
      }
    }
  }

  /** Once the whole vector has been added. */
  float sum() {
    return found.isEmpty() ? 0 : found.peek();
  }

  /** From the subtree on top of the stack to its first leaf. */
  private void descend() {
    long n = toCome.pop();
    while (n > LEAF) {
      long half = n / 2 - n / 2 % LANES;
      toCome.push(ADD);
      toCome.push(n - half);
      n = half;
    }
    expected = (int) n;
    filled = 0;
  }

  private void ascend() {
    while (!toCome.isEmpty() && toCome.peek() == ADD) {
      toCome.pop();
      float right = found.pop();
      found.push(found.pop() + right);
    }
    if (!toCome.isEmpty()) {
      descend();
    }
  }

  private static float sum(float[] a, int n) {
    if (n < LANES) {
      float sum = 0;
      for (int i = 0; i < n; i++) {
        sum += a[i];
      }
      return sum;
    }
    float[] lanes = new float[LANES];
    System.arraycopy(a, 0, lanes, 0, LANES);
    int whole = n - n % LANES;
    for (int i = LANES; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] += a[i + lane];
      }
    }
    float sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    for (int i = whole; i < n; i++) {
      sum += a[i];
    }
    return sum;
  }
}
