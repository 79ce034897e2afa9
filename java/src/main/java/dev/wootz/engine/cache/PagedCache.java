package dev.wootz.engine.cache;

import dev.wootz.model.KvCache;

/**
 * A KV cache that many sequences share: its pages, the tables that hold them, and the prefixes that are kept for whoever comes next.
 *
 * <p>Not for more than one thread at a time.
 */
public final class PagedCache implements AutoCloseable {
  private final KvCache cache;
  private final PagePool pool;
  private final PrefixTree prefixes;
  private final int[] onePage = new int[1];
  private long copies;

  /** @param cache will be closed with this */
  public PagedCache(KvCache cache) {
    this.cache = cache;
    this.pool = new PagePool(cache.pages());
    this.prefixes = new PrefixTree(this);
  }

  public KvCache cache() {
    return cache;
  }

  public PagePool pool() {
    return pool;
  }

  public PrefixTree prefixes() {
    return prefixes;
  }

  /** A table without pages. */
  public BlockTable table() {
    return new BlockTable(this);
  }

  /** Lets go of kept prefixes, those not used for the longest time first, until so many pages are free. Returns whether they are. */
  public boolean free(int pages) {
    // What cannot be reached is not begun: the prefixes stay.
    if (pool.free() < pages && pool.free() + prefixes.evictable() < pages) {
      return false;
    }
    boolean more = true;
    while (pool.free() < pages && more) {
      more = prefixes.evict();
    }
    return pool.free() >= pages;
  }

  /** The first {@code tokens} of a page to another one. */
  void copy(int from, int to, int tokens) {
    cache.copy(from, to, tokens);
    copies++;
  }

  void release(int page) {
    if (pool.release(page)) {
      onePage[0] = page;
      cache.clear(onePage, 1);
    }
  }

  /** Overwrites what free pages still have. */
  public void clearFree() {
    int[] pages = pool.writtenAndFree();
    cache.clear(pages, pages.length);
  }

  /** Pages that are held although their content is to go. */
  public int secrets() {
    int count = 0;
    for (int page = 0; page < pool.pages(); page++) {
      count += pool.secret(page) ? 1 : 0;
    }
    return count;
  }

  /** Pages that were copied because they were shared when somebody wanted to write to them. */
  public long copies() {
    return copies;
  }

  @Override
  public void close() {
    cache.close();
  }
}
