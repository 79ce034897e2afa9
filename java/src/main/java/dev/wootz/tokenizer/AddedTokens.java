package dev.wootz.tokenizer;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in text: at each place the longest, from left to right, none inside another. */
final class AddedTokens {
  private static final int ROOT = 0;

  private final AddedToken[] tokens;

  /** The trie: node << 8 | byte leads to a node. */
  private final LongTable edges;

  /** By node, the index of the token that ends there, -1 for none. */
  private final int[] ends;

  private final boolean[] first = new boolean[256];

  private AddedTokens(AddedToken[] tokens, LongTable edges, int[] ends) {
    this.tokens = tokens;
    this.edges = edges;
    this.ends = ends;
    for (int b = 0; b < 256; b++) {
      first[b] = edges.get(b) != LongTable.ABSENT;
    }
  }

  /**
   * @param spelling what a token's content looks like in the text that is searched
   * @return null where there is nothing to find
   */
  static @Nullable AddedTokens of(List<AddedToken> tokens, Function<String, byte[]> spelling) {
    LongTable edges = new LongTable(16 * tokens.size());
    Ids ends = new Ids(64);
    ends.add(-1);
    for (int k = 0; k < tokens.size(); k++) {
      int node = ROOT;
      byte[] content = spelling.apply(tokens.get(k).content());
      for (byte b : content) {
        long edge = (long) node << 8 | b & 255;
        if (edges.putIfAbsent(edge, ends.size())) {
          ends.add(-1);
        }
        node = (int) edges.get(edge);
      }
      if (node != ROOT) {
        ends.array()[node] = k;
      }
    }
    return ends.size() == 1 ? null : new AddedTokens(tokens.toArray(AddedToken[]::new), edges, ends.toArray());
  }

  /** Takes the text between tokens, never an empty one, and the tokens. */
  interface Sink {
    void text(byte[] text, int from, int to);

    void token(int id);
  }

  /** Hands over all of {@code text[from, to)} in order. */
  void split(byte[] text, int from, int to, Sink sink) {
    int done = from;
    int i = from;
    while (i < to) {
      if (!first[text[i] & 255]) {
        i++;
        continue;
      }
      int end = i;
      int found = -1;
      long node = ROOT;
      for (int k = i; k < to; k++) {
        node = edges.get(node << 8 | text[k] & 255);
        if (node == LongTable.ABSENT) {
          break;
        }
        if (ends[(int) node] >= 0) {
          found = ends[(int) node];
          end = k + 1;
        }
      }
      if (found < 0) {
        i++;
        continue;
      }
      AddedToken token = tokens[found];
      if (!token.singleWord() || standsAlone(text, i, end, from, to)) {
        int start = token.lstrip() ? Math.max(done, spacesBefore(text, i, from)) : i;
        end = token.rstrip() ? spacesAfter(text, end, to) : end;
        if (done < start) {
          sink.text(text, done, start);
        }
        sink.token(token.id());
        done = end;
      }
      i = end;
    }
    if (done < to) {
      sink.text(text, done, to);
    }
  }

  private static boolean standsAlone(byte[] text, int start, int end, int from, int to) {
    boolean wordBefore = start > from && UnicodeTable.isWord(Utf8.codePoint(text, Utf8.before(text, start)));
    boolean wordAfter = end < to && UnicodeTable.isWord(Utf8.codePoint(text, end));
    return !wordBefore && !wordAfter;
  }

  private static int spacesBefore(byte[] text, int start, int from) {
    int i = start;
    while (i > from) {
      int before = Utf8.before(text, i);
      if (!UnicodeTable.isSpace(Utf8.codePoint(text, before))) {
        break;
      }
      i = before;
    }
    return i;
  }

  private static int spacesAfter(byte[] text, int end, int to) {
    int i = end;
    while (i < to && UnicodeTable.isSpace(Utf8.codePoint(text, i))) {
      i += Utf8.length(text[i]);
    }
    return i;
  }
}
