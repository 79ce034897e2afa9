/**
 * Models with different vocabularies, merged: one output vocabulary, and for each model the order in which its embedding rows are gathered
 * for it.
 */
@NullMarked
package dev.wootz.merge.vocabulary;

import org.jspecify.annotations.NullMarked;
