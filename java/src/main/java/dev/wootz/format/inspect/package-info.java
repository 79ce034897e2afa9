/** What is in a checkpoint, and how two of them differ, measured in one pass over their tensors. */
@NullMarked
package dev.wootz.format.inspect;

import org.jspecify.annotations.NullMarked;
