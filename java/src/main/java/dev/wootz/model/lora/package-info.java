/** LoRA adapters that are attached to a model while it runs: one for each sequence, several in one step. */
@NullMarked
package dev.wootz.model.lora;

import org.jspecify.annotations.NullMarked;
