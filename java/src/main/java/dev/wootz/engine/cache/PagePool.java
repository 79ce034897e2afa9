package dev.wootz.engine.cache;

import dev.wootz.model.KvCache;
import java.util.Arrays;

/**
 * The pages of a {@link KvCache}, each with a count of those who hold it: block tables and the prefix tree. A page that nobody holds is free.
 *
 * <p>Not for more than one thread at a time.
 */
public final class PagePool {
  private final int[] holders;
  private final boolean[] wiped;

  /** Pages that somebody has held since they were last overwritten. */
  private final boolean[] written;

  /** A stack, so that pages that were used last are used next: they are in memory. */
  private final int[] free;

  private int freeCount;

  public PagePool(int pages) {
    holders = new int[pages];
    wiped = new boolean[pages];
    written = new boolean[pages];
    free = new int[pages];
    freeCount = pages;
    Arrays.setAll(free, i -> pages - 1 - i);
  }

  public int pages() {
    return holders.length;
  }

  public int free() {
    return freeCount;
  }

  /** A free page, held once. Throws {@link IllegalStateException} when there is none. */
  public int take() {
    if (freeCount == 0) {
      throw new IllegalStateException("all " + holders.length + " pages of the cache are held");
    }
    int page = free[--freeCount];
    holders[page] = 1;
    written[page] = true;
    return page;
  }

  /** Another holder of a page that somebody holds. */
  public void hold(int page) {
    requireHeld(page);
    holders[page]++;
  }

  /** One holder less. Returns whether the page must be overwritten before anyone takes it: see {@link #wipe}. */
  public boolean release(int page) {
    requireHeld(page);
    if (--holders[page] > 0) {
      return false;
    }
    free[freeCount++] = page;
    boolean secret = wiped[page];
    wiped[page] = false;
    written[page] &= !secret;
    return secret;
  }

  /** Marks a page whose content must not outlive its last holder. */
  public void wipe(int page) {
    requireHeld(page);
    wiped[page] = true;
  }

  /** Free pages that still have what their last holder wrote; the caller overwrites them. */
  public int[] writtenAndFree() {
    int[] pages = Arrays.stream(free, 0, freeCount).filter(page -> written[page]).toArray();
    for (int page : pages) {
      written[page] = false;
    }
    return pages;
  }

  /** Whether the page's content must not outlive its last holder. */
  public boolean secret(int page) {
    return wiped[page];
  }

  public int holders(int page) {
    return holders[page];
  }

  private void requireHeld(int page) {
    if (holders[page] == 0) {
      throw new IllegalStateException("page " + page + " is free");
    }
  }
}
