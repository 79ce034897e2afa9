package dev.wootz.engine.grammar;

import java.util.Map;
import java.util.WeakHashMap;

/** What a constraint compiles to: its expressions, where they begin, and the masks for the vocabularies it has met. Safe for threads. */
final class Grammar {
  final Expressions expressions;
  final Expression start;

  /** The masks hold no vocabulary themselves: it goes when its model does. */
  private final Map<TokenTrie, Masks> masks = new WeakHashMap<>();

  /** @param start made of {@code expressions}, all of which are complete now */
  Grammar(Expressions expressions, Expression start) {
    this.expressions = expressions;
    this.start = start;
    expressions.keep();
  }

  synchronized Masks masks(TokenTrie trie) {
    return masks.computeIfAbsent(trie, t -> new Masks(expressions, t.words()));
  }
}
