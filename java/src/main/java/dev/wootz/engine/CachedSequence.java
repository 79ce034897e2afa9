package dev.wootz.engine;

import dev.wootz.engine.cache.BlockTable;
import dev.wootz.engine.cache.PagedCache;
import dev.wootz.model.KvCache;
import java.util.Arrays;

/**
 * Tokens, and how many of them have keys and values in the cache. Those that have none are computed when the sequence next takes part in a
 * step, so pages can be taken from it at any time between steps.
 *
 * <p>For the engine's thread, or under its lock.
 */
final class CachedSequence {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  /** The root of prefixes that no adapter had a part in. */
  static final Object NO_ADAPTER = "none";

  private final PagedCache cache;
  private BlockTable table;
  private int[] ids;
  private int length;
  private int computed;

  /** Whose keys and values are in the pages. */
  private Object root = NO_ADAPTER;

  /** From this token on the pages hold what an edit approximated, which others must not be given. */
  private int approximateFrom = Integer.MAX_VALUE;

  CachedSequence(PagedCache cache) {
    this.cache = cache;
    this.table = cache.table();
    this.ids = new int[16];
  }

  int length() {
    return length;
  }

  int computed() {
    return computed;
  }

  /** Tokens to compute. */
  int pending() {
    return length - computed;
  }

  int[] ids() {
    return Arrays.copyOf(ids, length);
  }

  int id(int at) {
    return ids[at];
  }

  BlockTable table() {
    return table;
  }

  int approximateFrom() {
    return approximateFrom;
  }

  void append(int... tokens) {
    if (ids.length - length < tokens.length) {
      ids = Arrays.copyOf(ids, Math.max(2 * ids.length, length + tokens.length));
    }
    System.arraycopy(tokens, 0, ids, length, tokens.length);
    length += tokens.length;
  }

  /** So many tokens more have their keys and values. */
  void advance(int tokens) {
    computed += tokens;
  }

  /** Goes on with this adapter, or {@link #NO_ADAPTER}: what another one computed is of no use. */
  void under(Object adapter) {
    if (root != adapter) {
      drop();
      root = adapter;
    }
  }

  /** Forgets the tokens past the first {@code tokens}. */
  void truncate(int tokens) {
    length = tokens;
    forget(tokens);
  }

  /** Computes the tokens past the first {@code tokens} again. */
  void forget(int tokens) {
    if (computed > tokens) {
      computed = tokens;
      table.truncate(tokens);
      approximateFrom = tokens <= approximateFrom ? Integer.MAX_VALUE : approximateFrom;
    }
  }

  /** Gives all pages back. */
  void drop() {
    forget(0);
    table.release();
  }

  /** Takes over pages in place of its own. */
  void replace(BlockTable other, int tokens, int approximate) {
    table.release();
    table = other;
    computed = tokens;
    approximateFrom = approximate;
  }

  /** The same tokens in the same pages. */
  CachedSequence fork() {
    CachedSequence other = new CachedSequence(cache);
    other.append(ids());
    other.table = table.fork(computed);
    other.computed = computed;
    other.root = root;
    other.approximateFrom = approximateFrom;
    return other;
  }

  /** Finds keys and values that others computed; at least one token is left to compute. Returns for how many tokens. */
  int find() {
    if (computed % PAGE != 0 || pending() < 2 || approximateFrom != Integer.MAX_VALUE) {
      return 0;
    }
    table.truncate(computed);
    int found = cache.prefixes().extend(table, root, ids, computed, length - 1) - computed;
    computed += found;
    return found;
  }

  /** Lets others find its keys and values. @param partly see {@link dev.wootz.engine.cache.PrefixTree#keep} */
  void keep(boolean partly) {
    int exact = Math.min(computed, approximateFrom);
    if (exact > 0) {
      cache.prefixes().keep(table, root, ids, exact, partly && exact == computed);
    }
  }
}
