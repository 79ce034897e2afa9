package dev.wootz.engine.grammar;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The masks of one grammar over one vocabulary, by state; those used last are kept. */
final class Masks {
  private static final long MOST_BYTES = 16L << 20;
  private static final int LONGEST_RUN = TokenTrie.MOST_PLAIN;

  private final Expressions in;
  private final Map<Expression, int[]> known;
  private int epoch;

  Masks(Expressions in, int words) {
    this.in = in;
    int most = (int) Math.max(16, MOST_BYTES / (4L * words));
    known =
        new LinkedHashMap<>(64, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Expression, int[]> eldest) {
            return size() > most;
          }
        };
  }

  /** Bits of the tokens whose bytes may follow; end tokens where nothing need follow. Not to be written to. */
  int[] of(Expression state, TokenTrie trie) {
    // One lock for both: a walk makes expressions all along.
    synchronized (in) {
      if (epoch != in.epoch()) {
        known.clear();
        epoch = in.epoch();
      }
      int[] mask = known.get(state);
      if (mask == null) {
        mask = compute(state, trie);
        known.put(state, mask);
      }
      return mask;
    }
  }

  private int[] compute(Expression state, TokenTrie trie) {
    int run = plainRun(state);
    int[] mask = run < 0 ? new int[trie.words()] : trie.plain(run).clone();
    if (run < 0) {
      walk(trie.plain(), state, mask);
    }
    walk(trie.other(), state, mask);
    if (state.nullable) {
      for (int id : trie.ends()) {
        mask[id >> 5] |= 1 << id;
      }
    }
    return mask;
  }

  private void walk(TokenTrie.Nodes nodes, Expression state, int[] mask) {
    Expression[] path = new Expression[nodes.deepest() + 1];
    path[0] = state;
    byte[] label = nodes.label();
    short[] depth = nodes.depth();
    int[] firstId = nodes.firstId();
    int[] ids = nodes.ids();
    for (int i = 0; i < label.length; ) {
      int d = depth[i];
      Expression next = path[d - 1].next(label[i] & 255, in);
      if (next == in.nothing) {
        i = nodes.skip()[i];
        continue;
      }
      path[d] = next;
      // Ids of tokens that end here: a node's children come after it, with ids of their own.
      int end = firstId[i + 1];
      for (int k = firstId[i]; k < end; k++) {
        mask[ids[k] >> 5] |= 1 << ids[k];
      }
      i++;
    }
  }

  /** How many plain characters may follow whatever they are and nothing longer, {@code LONGEST_RUN} for any number; -1 if it depends on them. */
  private int plainRun(Expression state) {
    Expression at = state;
    for (int run = 0; run < LONGEST_RUN; run++) {
      Expression next = plainStep(at);
      if (next == null) {
        return -1;
      }
      if (next == in.nothing) {
        return run;
      }
      if (next == at) {
        return LONGEST_RUN;
      }
      at = next;
    }
    return LONGEST_RUN;
  }

  private @Nullable Expression plainStep(Expression state) {
    if (!state.plainStepKnown) {
      state.plainStep = findPlainStep(state);
      state.plainStepKnown = true;
    }
    return state.plainStep;
  }

  private @Nullable Expression findPlainStep(Expression state) {
    Expression[] row = state.row(in);
    Expression target = row['a'];
    for (int b = 0x20; b < 0x7F; b++) {
      if (TokenTrie.isPlain(b) && row[b] != target) {
        return null;
      }
    }
    boolean all =
        all(row, 0xC2, 0xDF, target, 1) && all(row[0xE0].row(in), 0xA0, 0xBF, target, 1) && all(row, 0xE1, 0xEC, target, 2)
            && all(row[0xED].row(in), 0x80, 0x9F, target, 1) && all(row, 0xEE, 0xEF, target, 2)
            && all(row[0xF0].row(in), 0x90, 0xBF, target, 2) && all(row, 0xF1, 0xF3, target, 3) && all(row[0xF4].row(in), 0x80, 0x8F, target, 2);
    return all ? target : null;
  }

  /** Whether each of these bytes, and after it each {@code more} bytes that continue a character, lead to the target. */
  private boolean all(Expression[] row, int from, int to, Expression target, int more) {
    Expression before = null;
    for (int b = from; b <= to; b++) {
      if (row[b] != before) {
        before = row[b];
        boolean ok = more == 0 ? before == target : before == in.nothing ? target == in.nothing : all(before.row(in), 0x80, 0xBF, target, more - 1);
        if (!ok) {
          return false;
        }
      }
    }
    return true;
  }
}
