/**
 * Checkpoints from one container to another and from one type to another: Hugging Face folders to GGUF files and back, weights to block types.
 * Tensors are streamed in pieces of rows; results have their name only when they are complete.
 */
@NullMarked
package dev.wootz.model.convert;

import org.jspecify.annotations.NullMarked;
