package dev.wootz.engine.grammar;

import dev.wootz.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A vocabulary as masks need it: its tokens' bytes as tries, those of plain characters only apart from all others. Built once for a model, shared
 * by all its requests; immutable.
 *
 * <p>A plain character is printable and none of {@code " \ < >}. In most places where text is free, every plain character is as good as any other;
 * there the tokens made of them need no walk: {@link #plain(int)} has them by length.
 *
 * <p>Special tokens are in no trie: no text that is constrained holds them. Added ones that are not special, such as {@code <tool_call>}, count as
 * their bytes.
 */
public final class TokenTrie {
  /** Tokens of more characters than this count as not plain. */
  static final int MOST_PLAIN = 48;

  private final int size;
  private final int words;
  private final int[] ends;
  private final Nodes plain;
  private final Nodes other;

  /** By length in characters, the plain tokens that are no longer. */
  private final int[][] plainMasks = new int[MOST_PLAIN + 1][];

  /** The nodes of a trie in the order of a walk. */
  record Nodes(byte[] label, short[] depth, int[] skip, int[] firstId, int[] ids, int deepest) {}

  private record Entry(byte[] bytes, int id) {}

  private TokenTrie(int size, int[] ends, List<Entry> plain, List<Entry> other) {
    this.size = size;
    this.words = (size + 31) / 32;
    this.ends = ends;
    this.plain = nodes(plain);
    this.other = nodes(other);
    for (int k = 0; k <= MOST_PLAIN; k++) {
      plainMasks[k] = new int[words];
    }
    for (Entry entry : plain) {
      int characters = plainCharacters(entry.bytes);
      for (int k = characters; k <= MOST_PLAIN; k++) {
        plainMasks[k][entry.id >> 5] |= 1 << entry.id;
      }
    }
  }

  /**
   * @param vocabulary rows of the model's logits: ids past it are left out
   * @param ends the tokens that end a text, allowed when it is complete
   */
  public static TokenTrie of(Tokenizer tokenizer, int vocabulary, Collection<Integer> ends) {
    List<Entry> plain = new ArrayList<>();
    List<Entry> other = new ArrayList<>();
    for (int id = 0; id < Math.min(vocabulary, tokenizer.size()); id++) {
      byte[] bytes = tokenizer.bytes(id);
      if (bytes.length > 0 && !tokenizer.isSpecial(id) && !ends.contains(id)) {
        (plainCharacters(bytes) > 0 ? plain : other).add(new Entry(bytes, id));
      }
    }
    return new TokenTrie(vocabulary, ends.stream().filter(id -> id < vocabulary).mapToInt(Integer::intValue).sorted().toArray(), plain, other);
  }

  static boolean isPlain(int b) {
    return b >= 0x20 && b < 0x7F && b != '"' && b != '\\' && b != '<' && b != '>';
  }

  /** Characters of a token that has only plain ones, 0 for any other. */
  private static int plainCharacters(byte[] bytes) {
    int count = 0;
    for (int i = 0; i < bytes.length; count++) {
      int b = bytes[i] & 255;
      int length = b < 0x80 ? 1 : b < 0xC2 ? 0 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF5 ? 4 : 0;
      if (length == 0 || i + length > bytes.length || (length == 1 && !isPlain(b))) {
        return 0;
      }
      for (int k = 1; k < length; k++) {
        if ((bytes[i + k] & 0xC0) != 0x80) {
          return 0;
        }
      }
      int second = length > 1 ? bytes[i + 1] & 255 : 0;
      boolean overlong = b == 0xE0 && second < 0xA0 || b == 0xF0 && second < 0x90;
      if (overlong || b == 0xED && second >= 0xA0 || b == 0xF4 && second >= 0x90) {
        return 0;
      }
      i += length;
    }
    return count > MOST_PLAIN ? 0 : count;
  }

  private static Nodes nodes(List<Entry> entries) {
    entries.sort((a, b) -> Arrays.compareUnsigned(a.bytes, b.bytes));
    int total = 0;
    int deepest = 0;
    byte[] before = new byte[0];
    for (Entry entry : entries) {
      total += entry.bytes.length - shared(before, entry.bytes);
      deepest = Math.max(deepest, entry.bytes.length);
      before = entry.bytes;
    }
    byte[] label = new byte[total];
    short[] depth = new short[total];
    int[] skip = new int[total];
    int[] firstId = new int[total + 1];
    int[] ids = new int[entries.size()];
    int[] open = new int[deepest + 1];
    int n = 0;
    int openDepth = 0;
    before = new byte[0];
    for (int e = 0; e < entries.size(); e++) {
      byte[] bytes = entries.get(e).bytes;
      int same = shared(before, bytes);
      for (; openDepth > same; openDepth--) {
        skip[open[openDepth]] = n;
      }
      for (int d = same; d < bytes.length; d++) {
        label[n] = bytes[d];
        depth[n] = (short) (d + 1);
        firstId[n] = e;
        open[d + 1] = n++;
      }
      openDepth = bytes.length;
      ids[e] = entries.get(e).id;
      before = bytes;
    }
    for (; openDepth > 0; openDepth--) {
      skip[open[openDepth]] = n;
    }
    firstId[total] = entries.size();
    return new Nodes(label, depth, skip, firstId, ids, deepest);
  }

  private static int shared(byte[] a, byte[] b) {
    int same = Arrays.mismatch(a, b);
    return same < 0 ? a.length : same;
  }

  /** Bits of a mask: the model's vocabulary. */
  public int size() {
    return size;
  }

  /** Length of a mask in ints. */
  public int words() {
    return words;
  }

  int[] ends() {
    return ends;
  }

  Nodes plain() {
    return plain;
  }

  Nodes other() {
    return other;
  }

  /** The plain tokens of at most so many characters, as a mask; not to be written to. */
  int[] plain(int characters) {
    return plainMasks[Math.min(characters, MOST_PLAIN)];
  }
}
