package dev.wootz.tokenizer;

import java.util.Arrays;

/** A growing list of token ids. */
final class Ids {
  private int[] ids;
  private int size;

  Ids(int capacity) {
    ids = new int[capacity];
  }

  int size() {
    return size;
  }

  int get(int i) {
    return ids[i];
  }

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, Math.max(16, 2 * size));
    }
    ids[size++] = id;
  }

  void addAll(int[] more, int n) {
    if (size + n > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(size + n, 2 * size));
    }
    System.arraycopy(more, 0, ids, size, n);
    size += n;
  }

  /** The ids themselves, followed by room; valid until the next change. */
  int[] array() {
    return ids;
  }

  void clear() {
    size = 0;
  }

  /** Empties the list and gives its memory back. */
  void release() {
    size = 0;
    ids = new int[0];
  }

  int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
