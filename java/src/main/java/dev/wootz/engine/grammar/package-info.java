/**
 * Constrained output: a {@link dev.wootz.engine.grammar.Constraint} says what a text may be, a {@link dev.wootz.engine.grammar.Matcher} follows
 * one text on its way and gives the mask of the tokens that may come next.
 *
 * <p>How it works: what is allowed becomes an expression over bytes (sequence, choice, repetition, rules that may refer to themselves). Reading
 * a byte turns an expression into the one for what may follow, its derivative (Brzozowski, Derivatives of Regular Expressions, 1964).
 * Expressions are shared: equal ones are one object, so that each object is a state of an automaton that is built as far as texts go. What
 * stands after the part being read plays the role of a pushdown automaton's stack.
 */
@NullMarked
package dev.wootz.engine.grammar;

import org.jspecify.annotations.NullMarked;
