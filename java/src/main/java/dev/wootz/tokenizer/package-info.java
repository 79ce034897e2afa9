/** Tokenizers: what text is cut into, and which number each piece has. */
@NullMarked
package dev.wootz.tokenizer;

import org.jspecify.annotations.NullMarked;
