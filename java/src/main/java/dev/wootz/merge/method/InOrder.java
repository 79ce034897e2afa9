package dev.wootz.merge.method;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Takes what tiles bring, from any thread and in any order, in the order of the tiles: what is made of it then depends on neither. What is
 * ahead of its turn waits; with tiles handed out in order there is never more of that than there are threads.
 */
final class InOrder<T> {
  private final Consumer<T> taker;
  private final Map<Integer, T> waiting = new HashMap<>();
  private int next;

  InOrder(Consumer<T> taker) {
    this.taker = taker;
  }

  synchronized void put(int tile, T item) {
    waiting.put(tile, item);
    for (T turn = waiting.remove(next); turn != null; turn = waiting.remove(next)) {
      taker.accept(turn);
      next++;
    }
  }
}
