package dev.wootz.engine.cache;

import dev.wootz.model.KvCache;
import java.util.Arrays;

/**
 * The pages of one sequence, in order. Tables may share pages: a page that others hold too is copied before this one writes to it.
 *
 * <p>Not for more than one thread at a time.
 */
public final class BlockTable {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  private final PagedCache cache;
  private int[] pages = new int[4];
  private int count;

  BlockTable(PagedCache cache) {
    this.cache = cache;
  }

  /** The first {@link #count} entries are this table's; the array changes as the table grows. */
  public int[] pages() {
    return pages;
  }

  public int count() {
    return count;
  }

  /** Adds a page that is already held for this table. */
  void add(int page) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, 2 * count);
    }
    pages[count++] = page;
  }

  /** Pages that {@link #prepare} would take. */
  public int missing(int from, int to) {
    int more = Math.max(0, (to + PAGE - 1) / PAGE - count);
    boolean shared = from % PAGE > 0 && from / PAGE < count && cache.pool().holders(pages[from / PAGE]) > 1;
    return more + (shared ? 1 : 0);
  }

  /** Makes places {@code [from, to)} writable, {@code from} of them being in use. The pool must have {@link #missing} free pages. */
  public void prepare(int from, int to) {
    int last = from / PAGE;
    if (from % PAGE > 0 && cache.pool().holders(pages[last]) > 1) {
      int copy = cache.pool().take();
      cache.copy(pages[last], copy, from % PAGE);
      cache.release(pages[last]);
      pages[last] = copy;
    }
    while (count * PAGE < to) {
      add(cache.pool().take());
    }
  }

  /** Another table of the pages that hold the first {@code tokens}. */
  public BlockTable fork(int tokens) {
    BlockTable other = new BlockTable(cache);
    for (int i = 0; i < (tokens + PAGE - 1) / PAGE; i++) {
      cache.pool().hold(pages[i]);
      other.add(pages[i]);
    }
    return other;
  }

  /** Gives back the pages past the first {@code tokens}. */
  public void truncate(int tokens) {
    int keep = (tokens + PAGE - 1) / PAGE;
    while (count > keep) {
      cache.release(pages[--count]);
    }
  }

  public void release() {
    truncate(0);
  }
}
