package dev.wootz.tokenizer;

import java.util.Arrays;

/** A hash table from non-negative longs to non-negative longs, filled once. Key and value lie side by side, in one cache line. */
final class LongTable {
  static final long ABSENT = -1;

  /** [2 * slots], a key at every even index, -1 where the slot is free. */
  private long[] slots;

  private int mask;
  private int size;

  LongTable(int expected) {
    allocate(Integer.highestOneBit(Math.max(8, expected + expected / 2)) * 2);
  }

  private void allocate(int count) {
    slots = new long[2 * count];
    Arrays.fill(slots, ABSENT);
    mask = count - 1;
  }

  /** Adds the key unless it is there. Whether it was not. */
  boolean putIfAbsent(long key, long value) {
    int i = slot(key);
    if (slots[i] == key) {
      return false;
    }
    slots[i] = key;
    slots[i + 1] = value;
    if (++size > mask - mask / 4) {
      long[] old = slots;
      allocate(2 * (mask + 1));
      for (int k = 0; k < old.length; k += 2) {
        if (old[k] != ABSENT) {
          int moved = slot(old[k]);
          slots[moved] = old[k];
          slots[moved + 1] = old[k + 1];
        }
      }
    }
    return true;
  }

  /** The value, or {@link #ABSENT}. */
  long get(long key) {
    int i = slot(key);
    return slots[i] == key ? slots[i + 1] : ABSENT;
  }

  /** Where the key is, or where it would go. */
  private int slot(long key) {
    long h = key * 0x9E3779B97F4A7C15L;
    int i = (int) (h >>> 32) & mask;
    while (true) {
      long found = slots[2 * i];
      if (found == key || found == ABSENT) {
        return 2 * i;
      }
      i = i + 1 & mask;
    }
  }
}
