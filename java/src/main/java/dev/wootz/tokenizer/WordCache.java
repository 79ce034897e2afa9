package dev.wootz.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Remembers how short words were encoded: at most {@value #LONGEST} bytes and {@value #MOST_IDS} tokens, which in English is nearly all.
 * A table of fixed size in which a new word takes the place of an old one; it never needs to grow or to be swept.
 *
 * <p>An entry is four longs: the word's bytes and length in two, its ids in two. Not thread-safe.
 */
final class WordCache {
  static final int LONGEST = 15;
  static final int MOST_IDS = 4;

  private static final int ENTRY_LONGS = 4;
  private static final int BITS = 15;
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What stands for an id where a word has fewer. */
  private static final int NONE = -1;

  private final long[] entries = new long[ENTRY_LONGS << BITS];

  // The word of the last find(), for the put() that follows a miss.
  private long low;
  private long high;
  private int slot;

  /** Appends the ids of the word {@code text[from, from + length)}, of 1 to {@link #LONGEST} bytes. Whether it knew them. */
  boolean find(byte[] text, int from, int length, Ids out) {
    load(text, from, length);
    int at = slot;
    if (entries[at] != low || entries[at + 1] != high) {
      at ^= ENTRY_LONGS;
      if (entries[at] != low || entries[at + 1] != high) {
        return false;
      }
    }
    long first = entries[at + 2];
    out.add((int) first);
    if (first < 0) {
      return true;
    }
    out.add((int) (first >>> 32));
    long more = entries[at + 3];
    if ((int) more != NONE) {
      out.add((int) more);
      if (more >= 0) {
        out.add((int) (more >>> 32));
      }
    }
    return true;
  }

  /** Remembers the last {@code n} of {@code ids}, 1 to {@link #MOST_IDS} of them, for the word of the last {@link #find}. */
  void put(Ids ids, int n) {
    // The newcomer gets the first of two places and who was there the second: two frequent words do not drive each other out.
    System.arraycopy(entries, slot, entries, slot ^ ENTRY_LONGS, ENTRY_LONGS);
    entries[slot] = low;
    entries[slot + 1] = high;
    entries[slot + 2] = two(ids, n, 0);
    entries[slot + 3] = two(ids, n, 2);
  }

  private static long two(Ids ids, int n, int first) {
    int start = ids.size() - n;
    int a = first < n ? ids.get(start + first) : NONE;
    int b = first + 1 < n ? ids.get(start + first + 1) : NONE;
    return a & 0xFFFFFFFFL | (long) b << 32;
  }

  /** The word as two longs, its length in the last byte; the bytes beyond its end are 0. */
  private void load(byte[] text, int from, int length) {
    if (from + 16 <= text.length) {
      long a = (long) LONG.get(text, from);
      if (length < 8) {
        low = a & (1L << 8 * length) - 1;
        high = (long) length << 56;
      } else {
        low = a;
        high = (long) LONG.get(text, from + 8) & (1L << 8 * (length - 8)) - 1 | (long) length << 56;
      }
    } else {
      low = 0;
      high = (long) length << 56;
      for (int i = 0; i < length; i++) {
        long b = text[from + i] & 255L;
        if (i < 8) {
          low |= b << 8 * i;
        } else {
          high |= b << 8 * (i - 8);
        }
      }
    }
    long h = (low ^ Long.rotateLeft(high, 23)) * 0x9E3779B97F4A7C15L;
    h = (h ^ h >>> 29) * 0xBF58476D1CE4E5B9L;
    slot = (int) (h >>> 64 - BITS) * ENTRY_LONGS;
  }
}
