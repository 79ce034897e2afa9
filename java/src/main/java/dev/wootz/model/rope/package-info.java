/** Rotary position embedding and the ways in which its frequencies are stretched for contexts longer than those of training. */
@NullMarked
package dev.wootz.model.rope;

import org.jspecify.annotations.NullMarked;
