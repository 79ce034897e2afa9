/**
 * Checkpoints on disk: safetensors files, sharded indexes, Hugging Face folders, LoRA adapters and GGUF files.
 *
 * <p>Nothing in a file is believed before it is checked: {@link dev.wootz.format.FormatException.Reason} has one constant for each way a
 * file can be wrong. Reading and writing is positional and safe from any number of threads.
 */
@NullMarked
package dev.wootz.format;

import org.jspecify.annotations.NullMarked;
