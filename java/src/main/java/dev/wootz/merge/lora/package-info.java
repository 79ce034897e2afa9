/**
 * LoRA adapters out of two models: the difference of each weight as a product of two thin matrices, by a truncated singular value
 * decomposition.
 */
@NullMarked
package dev.wootz.merge.lora;

import org.jspecify.annotations.NullMarked;
