package dev.wootz.engine.cache;

import dev.wootz.model.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prefixes whose keys and values are in the cache, page by page: a path from a root spells a text, each node one page of it. Roots keep apart
 * what computes other keys from the same tokens, such as adapters. Bits of a token do not depend on how the tokens before it were cut into
 * steps, so what is found here is what computing it again would give.
 *
 * <p>Zheng et al., SGLang (RadixAttention), 2024, with whole pages in place of edges of any length; the last page of a text may be partly
 * filled, and is copied for whoever continues it otherwise. Not for more than one thread at a time.
 */
public final class PrefixTree {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  /** Fewer tokens of a page than these are computed sooner than copied. */
  private static final int WORTH_COPYING = 4;

  private static final class Node {
    final @Nullable Node parent;
    final int[] tokens;
    final int page;
    final List<Node> children = new ArrayList<>(1);
    Node older;
    Node newer;

    Node(@Nullable Node parent, int[] tokens, int page) {
      this.parent = parent;
      this.tokens = tokens;
      this.page = page;
    }

    boolean root() {
      return parent == null;
    }

    /** How many leading tokens are the same as those of {@code ids} from {@code at} on. */
    int common(int[] ids, int at, int end) {
      int n = Math.min(tokens.length, end - at);
      int different = Arrays.mismatch(tokens, 0, n, ids, at, at + n);
      return different < 0 ? n : different;
    }
  }

  private final PagedCache cache;
  private final Map<Object, Node> roots = new HashMap<>();

  /** A ring of all nodes in the order of their use: {@code ring.newer} is the oldest. Parents are always newer than their children. */
  private final Node ring = new Node(null, new int[0], -1);

  private int size;
  private long evictions;

  PrefixTree(PagedCache cache) {
    this.cache = cache;
    ring.older = ring;
    ring.newer = ring;
  }

  /**
   * Adds known pages to a table.
   *
   * @param root whose keys and values they must be
   * @param ids a text, of which the first {@code from} tokens are in the table; {@code from} fills whole pages
   * @param end at most so many tokens are looked for
   * @return tokens that are in the table now; the pages are held for it
   */
  public int extend(BlockTable table, Object root, int[] ids, int from, int end) {
    Node node = roots.get(root);
    int at = 0;
    while (node != null && at < from) {
      node = whole(node, ids, at, from);
      at += PAGE;
    }
    if (node == null) {
      return from;
    }
    while (end - at >= PAGE) {
      Node next = whole(node, ids, at, end);
      if (next == null) {
        break;
      }
      cache.pool().hold(next.page);
      table.add(next.page);
      node = next;
      at += PAGE;
    }
    Node nearest = null;
    int most = 0;
    for (Node child : node.children) {
      int common = child.common(ids, at, end);
      if (common > most) {
        most = common;
        nearest = child;
      }
    }
    if (most >= WORTH_COPYING && cache.pool().free() > 0) {
      int copy = cache.pool().take();
      cache.copy(nearest.page, copy, most);
      table.add(copy);
      touch(nearest);
      return at + most;
    }
    touch(node);
    return at;
  }

  private static @Nullable Node whole(Node node, int[] ids, int at, int end) {
    for (Node child : node.children) {
      if (child.tokens.length == PAGE && child.common(ids, at, end) == PAGE) {
        return child;
      }
    }
    return null;
  }

  /**
   * Keeps the pages of a text.
   *
   * @param end tokens of {@code ids} whose keys and values are in the table
   * @param partly whether a last page that is not full is kept too; its holder must not write to it any more
   */
  public void keep(BlockTable table, Object root, int[] ids, int end, boolean partly) {
    Node node = roots.computeIfAbsent(root, r -> new Node(null, new int[0], -1));
    int at = 0;
    for (; at + PAGE <= end; at += PAGE) {
      Node known = whole(node, ids, at, end);
      node = known != null ? known : add(node, Arrays.copyOfRange(ids, at, at + PAGE), table.pages()[at / PAGE]);
    }
    if (partly && end - at >= WORTH_COPYING) {
      int last = at;
      if (node.children.stream().noneMatch(child -> child.common(ids, last, end) == end - last)) {
        node = add(node, Arrays.copyOfRange(ids, at, end), table.pages()[at / PAGE]);
      }
    }
    if (node.root()) {
      dropEmpty(node);
    } else {
      touch(node);
    }
  }

  private Node add(Node parent, int[] tokens, int page) {
    Node node = new Node(parent, tokens, page);
    cache.pool().hold(page);
    parent.children.add(node);
    node.older = node;
    node.newer = node;
    size++;
    // A shorter piece of the same text is of no more use.
    for (Node child : List.copyOf(parent.children)) {
      if (child.tokens.length < tokens.length && child.common(tokens, 0, tokens.length) == child.tokens.length) {
        remove(child);
      }
    }
    touch(node);
    return node;
  }

  /** Lets go of the leaf that nobody else holds and that was not used for the longest time. Returns whether there was one. */
  boolean evict() {
    for (Node node = ring.newer; node != ring; node = node.newer) {
      if (node.children.isEmpty() && cache.pool().holders(node.page) == 1) {
        remove(node);
        evictions++;
        return true;
      }
    }
    return false;
  }

  /**
   * Forgets all texts that begin with the tokens {@code [0, at]} of a text, from the page that holds token {@code at} on; their pages are
   * overwritten when their last holder lets go.
   */
  public void forget(int[] ids, int at) {
    for (Node root : List.copyOf(roots.values())) {
      Node node = root;
      int begin = 0;
      while (node != null && begin + PAGE <= at) {
        node = whole(node, ids, begin, at);
        begin += PAGE;
      }
      if (node != null) {
        for (Node child : List.copyOf(node.children)) {
          if (child.common(ids, begin, at + 1) == at + 1 - begin) {
            wipe(child);
          }
        }
        dropEmpty(root);
      }
    }
  }

  private void wipe(Node node) {
    for (Node child : List.copyOf(node.children)) {
      wipe(child);
    }
    cache.pool().wipe(node.page);
    remove(node);
  }

  /** Pages that {@link #evict} could free. */
  int evictable() {
    int count = 0;
    for (Node node = ring.newer; node != ring; node = node.newer) {
      count += cache.pool().holders(node.page) == 1 ? 1 : 0;
    }
    return count;
  }

  /** Lets go of everything. */
  public void clear() {
    while (ring.newer != ring) {
      Node node = ring.newer;
      while (!node.children.isEmpty()) {
        node = node.children.get(0);
      }
      remove(node);
    }
  }

  private void remove(Node leaf) {
    leaf.parent.children.remove(leaf);
    leaf.older.newer = leaf.newer;
    leaf.newer.older = leaf.older;
    size--;
    cache.release(leaf.page);
    dropEmpty(leaf.parent);
  }

  private void dropEmpty(Node node) {
    if (node.root() && node.children.isEmpty()) {
      roots.values().remove(node);
    }
  }

  /** From the leaf to the root, so that a parent stays newer than its children. */
  private void touch(Node node) {
    for (Node n = node; !n.root(); n = n.parent) {
      n.older.newer = n.newer;
      n.newer.older = n.older;
      n.older = ring.older;
      n.newer = ring;
      ring.older.newer = n;
      ring.older = n;
    }
  }

  /** Pages that are kept. */
  public int size() {
    return size;
  }

  public long evictions() {
    return evictions;
  }
}
