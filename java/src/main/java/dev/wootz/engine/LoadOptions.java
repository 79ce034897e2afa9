package dev.wootz.engine;

import dev.wootz.kernel.Device;
import dev.wootz.model.Activations;
import dev.wootz.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded and run; immutable, the {@code with} methods give changed copies.
 *
 * @param threads native threads, the calling one counted in
 * @param activations precision in which block-quantized weights are met
 * @param cacheType of keys and values; null: f32 where everything else is computed from exact float32 weights, f16 where activations
 *     are quantized
 * @param contextTokens the longest context of a session; 0: what the model is made for, at most {@link #DEFAULT_CONTEXT}
 * @param chunkTokens most tokens of one pass through the model: long prompts are computed in chunks of so many
 * @param device where the model computes; null: {@link Device#automatic}
 */
public record LoadOptions(
    int threads, Activations activations, @Nullable DType cacheType, int contextTokens, int chunkTokens, @Nullable Device device) {
  public static final int DEFAULT_CONTEXT = 8192;
  public static final int DEFAULT_CHUNK = 512;

  public LoadOptions {
    if (threads < 1 || contextTokens < 0 || chunkTokens < 1) {
      throw new IllegalArgumentException(
          "threads " + threads + ", context " + contextTokens + ", chunk " + chunkTokens + ": expected at least 1, 0 and 1");
    }
  }

  public static LoadOptions defaults() {
    return new LoadOptions(Runtime.getRuntime().availableProcessors(), Activations.INT16, null, 0, DEFAULT_CHUNK, null);
  }

  public LoadOptions withDevice(@Nullable Device where) {
    return new LoadOptions(threads, activations, cacheType, contextTokens, chunkTokens, where);
  }

  public LoadOptions withThreads(int count) {
    return new LoadOptions(count, activations, cacheType, contextTokens, chunkTokens, device);
  }

  public LoadOptions withActivations(Activations precision) {
    return new LoadOptions(threads, precision, cacheType, contextTokens, chunkTokens, device);
  }

  public LoadOptions withCacheType(DType type) {
    return new LoadOptions(threads, activations, type, contextTokens, chunkTokens, device);
  }

  public LoadOptions withContext(int tokens) {
    return new LoadOptions(threads, activations, cacheType, tokens, chunkTokens, device);
  }

  public LoadOptions withChunk(int tokens) {
    return new LoadOptions(threads, activations, cacheType, contextTokens, tokens, device);
  }
}
