package dev.wootz.engine.grammar;

import dev.wootz.tokenizer.Tokenizer;
import java.nio.IntBuffer;

/**
 * Follows one text, token by token: which tokens may come next, and whether it may end. Not for more than one thread at a time; many matchers
 * of one {@link Constraint} share its states and masks. The same tokens give the same masks, whatever others do.
 */
public final class Matcher {
  private final Grammar grammar;
  private final TokenTrie trie;
  private final Tokenizer tokenizer;
  private final Masks masks;
  private Expression state;
  private int epoch;
  private boolean ended;

  Matcher(Grammar grammar, TokenTrie trie, Tokenizer tokenizer) {
    this(grammar, trie, tokenizer, grammar.start, grammar.expressions.epoch(), false);
  }

  private Matcher(Grammar grammar, TokenTrie trie, Tokenizer tokenizer, Expression state, int epoch, boolean ended) {
    this.grammar = grammar;
    this.trie = trie;
    this.tokenizer = tokenizer;
    this.masks = grammar.masks(trie);
    this.state = state;
    this.epoch = epoch;
    this.ended = ended;
  }

  /** One that goes on from here by itself. Costs nothing: what was read is shared. */
  public Matcher fork() {
    return new Matcher(grammar, trie, tokenizer, state, epoch, ended);
  }

  private void refresh() {
    synchronized (grammar.expressions) {
      grammar.expressions.forgetIfMany();
      if (epoch != grammar.expressions.epoch()) {
        epoch = grammar.expressions.epoch();
        state = grammar.expressions.again(state);
      }
    }
  }

  /**
   * Writes the mask from index 0 on: bit {@code id % 32} of int {@code id / 32} for each token that may come next, as sampling wants it. End
   * tokens are among them exactly when the text is {@link #complete}. No bit is set after an end token.
   *
   * @param out at least {@link TokenTrie#words} ints
   * @return whether any token is allowed
   */
  public boolean fill(IntBuffer out) {
    int[] mask = ended ? new int[trie.words()] : mask();
    out.put(0, mask);
    for (int word : mask) {
      if (word != 0) {
        return true;
      }
    }
    return false;
  }

  private int[] mask() {
    synchronized (grammar.expressions) {
      refresh();
      return masks.of(state, trie);
    }
  }

  /** Whether this token may come next. */
  public boolean allows(int id) {
    return id >= 0 && id < trie.size() && !ended && (mask()[id >> 5] >>> id & 1) != 0;
  }

  /** How many tokens may come next. */
  public int allowed() {
    int count = 0;
    for (int word : ended ? new int[0] : mask()) {
      count += Integer.bitCount(word);
    }
    return count;
  }

  /** Goes on by one token; throws {@link IllegalArgumentException} for one that is not allowed and stays where it was. */
  public void accept(int id) {
    for (int end : trie.ends()) {
      if (end == id) {
        if (ended || !state.nullable) {
          throw notAllowed(id);
        }
        ended = true;
        return;
      }
    }
    byte[] bytes = tokenizer.bytes(id);
    if (ended || bytes.length == 0 || tokenizer.isSpecial(id) || !accept(bytes)) {
      throw notAllowed(id);
    }
  }

  private static IllegalArgumentException notAllowed(int id) {
    return new IllegalArgumentException("token " + id + " is not allowed here by the constraint");
  }

  /** Goes on by bytes, whatever tokens they come in. Returns false, and stays where it was, where they are not allowed. */
  public boolean accept(byte[] bytes) {
    synchronized (grammar.expressions) {
      refresh();
      Expression at = state;
      for (byte b : bytes) {
        at = at.next(b & 255, grammar.expressions);
      }
      if (ended || at == grammar.expressions.nothing) {
        return false;
      }
      state = at;
      return true;
    }
  }

  /** Whether the text may end here. */
  public boolean complete() {
    return ended || state.nullable;
  }

  /** Whether the text is complete and nothing more can follow. */
  public boolean finished() {
    return ended || state == grammar.expressions.empty;
  }
}
