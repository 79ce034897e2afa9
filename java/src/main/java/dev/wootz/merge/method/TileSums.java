package dev.wootz.merge.method;

import java.util.HashMap;
import java.util.Map;

/**
 * Sums that tiles contribute to in any order and from any thread, added in the order of the tiles: the result does not depend on either.
 * A contribution that is ahead of its turn waits; with tiles handed out in order there are never more of these than threads.
 */
final class TileSums {
  private final double[] total;
  private final Map<Integer, double[]> waiting = new HashMap<>();
  private int next;

  TileSums(int length) {
    total = new double[length];
  }

  synchronized void add(int tile, double[] sums) {
    waiting.put(tile, sums);
    for (double[] turn = waiting.remove(next); turn != null; turn = waiting.remove(next)) {
      for (int i = 0; i < total.length; i++) {
        total[i] += turn[i];
      }
      next++;
    }
  }

  /** Once every tile has contributed. */
  synchronized double[] total() {
    if (!waiting.isEmpty()) {
      throw new IllegalStateException("tile " + next + " has not contributed");
    }
    return total;
  }
}
