package dev.wootz.engine;

import dev.wootz.engine.cache.BlockTable;
import dev.wootz.engine.cache.PagedCache;
import dev.wootz.model.KvCache;
import dev.wootz.model.lora.Adapter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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

  /** How often the keys from there on were rotated: each time rounds them once more. */
  private int rotations;

  /** Tokens {@code [islandFrom, islandTo)} have their keys and values already, when all before them get theirs. */
  private int islandFrom = Integer.MAX_VALUE;

  private int islandTo;

  /** Counts the edits after which a rebuild that was begun before is of no use. */
  private int version;

  /** The fewest tokens that there were since {@link #follow}. */
  private int fewest = Integer.MAX_VALUE;

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

  /** Tokens to compute, as far as they are next to each other. */
  int pending() {
    return Math.min(length, islandFrom) - computed;
  }

  /** Whether computing so many tokens more reaches the last. */
  boolean reachesEnd(int tokens) {
    return computed + tokens == length;
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
    if (computed == islandFrom) {
      computed = islandTo;
      islandFrom = Integer.MAX_VALUE;
    }
  }

  /** Goes on with this adapter, or {@link #NO_ADAPTER}: what another one computed is of no use. */
  void under(Object adapter) {
    if (root != adapter) {
      drop();
      root = adapter;
    }
  }

  /** What its tokens are computed with, or null. */
  @Nullable Adapter adapter() {
    return root instanceof Adapter adapter ? adapter : null;
  }

  /** Forgets the tokens past the first {@code tokens}. */
  void truncate(int tokens) {
    fewest = Math.min(fewest, tokens);
    length = tokens;
    forget(tokens);
  }

  /** Computes the tokens past the first {@code tokens} again. */
  void forget(int tokens) {
    if (shifting()) {
      islandFrom = Integer.MAX_VALUE;
      table.truncate(computed);
    }
    if (computed > tokens) {
      computed = tokens;
      table.truncate(tokens);
    }
    if (computed <= approximateFrom) {
      approximateFrom = Integer.MAX_VALUE;
      rotations = 0;
    }
  }

  /** Gives all pages back. */
  void drop() {
    forget(0);
    table.release();
  }

  int rotations() {
    return rotations;
  }

  int version() {
    return version;
  }

  /**
   * Makes an edit, and shifts what has keys and values after it. The pool must have {@link #missingForShift} free pages.
   *
   * @return tokens that were shifted; those of the replacement, and {@code edit.repair()} more, are left to compute
   */
  int shift(Edit edit) {
    int target = edit.from() + edit.replacement().length;
    int count = computed - edit.to();
    int repair = Math.min(edit.repair(), count);
    int[] rest = Arrays.copyOfRange(ids, edit.to(), length);
    BlockTable moved = table.fork(edit.from());
    moved.prepare(edit.from(), target + count);
    cache.cache().move(table.pages(), edit.to(), moved.pages(), target, count, edit.delta());
    table.release();
    table = moved;
    computed = edit.from();
    approximateFrom = Math.min(approximateFrom, target);
    rotations++;
    length = edit.from();
    version++;
    append(edit.replacement());
    append(rest);
    islandFrom = target + repair;
    islandTo = target + count;
    advance(0);
    return count - repair;
  }

  /** Free pages that {@link #shift} takes. */
  int missingForShift(Edit edit) {
    int end = edit.from() + edit.replacement().length + computed - edit.to();
    return (end + PAGE - 1) / PAGE - edit.from() / PAGE;
  }

  /** Another's keys and values of the same tokens in place of its own. The other one is of no use any more. */
  void takeOver(CachedSequence other) {
    table.release();
    table = other.table;
    computed = other.computed;
    approximateFrom = other.approximateFrom;
    rotations = other.rotations;
  }

  /** Whether tokens before shifted ones are still to be computed. */
  boolean shifting() {
    return islandFrom != Integer.MAX_VALUE;
  }

  /** Tokens that were computed and come after an edit. */
  int computedAfter(Edit edit) {
    return shifting() ? 0 : computed - edit.to();
  }

  /** Replaces tokens; everything from the edit on, or from the page that holds its first token where it redacts, is computed anew. */
  void replace(Edit edit) {
    int from = edit.redact() ? edit.from() / PAGE * PAGE : edit.from();
    int[] before = Arrays.copyOfRange(ids, from, edit.from());
    int[] rest = Arrays.copyOfRange(ids, edit.to(), length);
    // What redacts leaves nothing to a rebuild that has the old tokens.
    version += edit.redact() ? 1 : 0;
    truncate(from);
    append(before);
    append(edit.replacement());
    append(rest);
  }

  /** Sees to it that the keys and values from an edit on are overwritten as soon as nobody holds them, and that no prefix has them. */
  void redact(Edit edit) {
    cache.prefixes().forget(ids, edit.from());
    for (int i = edit.from() / PAGE; i < table.count(); i++) {
      cache.pool().wipe(table.pages()[i]);
    }
  }

  /** A sequence of the same tokens, with the pages of those that no edit approximated. */
  CachedSequence exactPart() {
    CachedSequence other = new CachedSequence(cache);
    other.append(ids());
    other.computed = Math.min(computed, approximateFrom);
    other.table = table.fork(other.computed);
    other.root = root;
    return other;
  }

  /** An {@link #exactPart} that can {@link #follow} this sequence; only the last one can. */
  CachedSequence follower() {
    fewest = Integer.MAX_VALUE;
    return exactPart();
  }

  /** Takes the tokens that the sequence has now whose {@link #follower} this is. */
  void follow(CachedSequence other) {
    if (other.fewest < length) {
      truncate(other.fewest);
    }
    other.fewest = Integer.MAX_VALUE;
    append(Arrays.copyOfRange(other.ids, length, other.length));
  }

  /** The same tokens in the same pages. */
  CachedSequence fork() {
    CachedSequence other = new CachedSequence(cache);
    other.append(ids());
    other.table = table.fork(computed);
    other.computed = computed;
    other.root = root;
    other.approximateFrom = computed > approximateFrom ? approximateFrom : Integer.MAX_VALUE;
    other.rotations = rotations;
    return other;
  }

  /** Finds keys and values that others computed; at least one token is left to compute. Returns for how many tokens. */
  int find() {
    if (computed % PAGE != 0 || pending() < 2 || approximateFrom != Integer.MAX_VALUE || shifting()) {
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
