/** What fine-tuning changed, as a LoRA adapter: low-rank factors of the difference of two checkpoints. */
@NullMarked
package dev.wootz.merge.lora;

import org.jspecify.annotations.NullMarked;
