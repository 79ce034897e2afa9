/** Model architectures: their published shapes, and checkpoints made from them. */
@NullMarked
package dev.wootz.model;

import org.jspecify.annotations.NullMarked;
