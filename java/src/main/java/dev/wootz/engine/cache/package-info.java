/** Who owns which page of a KV cache: counted pages, block tables that share them, and a tree of prefixes whose pages can be used again. */
@NullMarked
package dev.wootz.engine.cache;

import org.jspecify.annotations.NullMarked;
