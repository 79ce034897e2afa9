package dev.wootz.tokenizer;

import java.util.Arrays;

/**
 * Merges a word of many symbols in O(n log n): the symbols form a doubly linked list, the pairs that a rule joins wait in a heap by rank
 * and then by place. An entry whose pair has changed since is skipped when its turn comes.
 */
final class LongWordMerge {
  private final BytePairs pairs;
  private int[] ids = new int[0];
  private int[] previous = new int[0];
  private int[] next = new int[0];

  /** Binary heap of rank << 32 | place of the left symbol. */
  private long[] heap = new long[0];

  private int heapSize;

  LongWordMerge(BytePairs pairs) {
    this.pairs = pairs;
  }

  /** Appends what {@code symbols[0, n)} become. */
  void merge(int[] symbols, int n, Ids out) {
    if (ids.length < n) {
      ids = new int[n];
      previous = new int[n];
      next = new int[n];
      heap = new long[n];
    }
    System.arraycopy(symbols, 0, ids, 0, n);
    heapSize = 0;
    for (int i = 0; i < n; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < n ? i + 1 : -1;
      push(i);
    }
    while (heapSize > 0) {
      long top = pop();
      int left = (int) top;
      // A symbol that was joined to its left has no successor any more.
      int right = next[left];
      if (right < 0) {
        continue;
      }
      long rule = pairs.rule(ids[left], ids[right]);
      if (rule < 0 || rule >>> 32 != top >>> 32) {
        continue;
      }
      ids[left] = (int) rule;
      next[left] = next[right];
      if (next[right] >= 0) {
        previous[next[right]] = left;
      }
      next[right] = -1;
      push(left);
      if (previous[left] >= 0) {
        push(previous[left]);
      }
    }
    for (int i = 0; i >= 0; i = next[i]) {
      out.add(ids[i]);
    }
  }

  private void push(int left) {
    int right = next[left];
    if (right < 0) {
      return;
    }
    long rule = pairs.rule(ids[left], ids[right]);
    if (rule < 0) {
      return;
    }
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, 2 * heapSize);
    }
    long entry = rule & 0xFFFFFFFF00000000L | left;
    int i = heapSize++;
    while (i > 0) {
      int parent = i - 1 >>> 1;
      if (heap[parent] <= entry) {
        break;
      }
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = entry;
  }

  private long pop() {
    long top = heap[0];
    long last = heap[--heapSize];
    int i = 0;
    for (int child = 1; child < heapSize; child = 2 * i + 1) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (last <= heap[child]) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
