package dev.wootz.engine;

import dev.wootz.kernel.Backend;
import dev.wootz.model.KvCache;
import dev.wootz.model.ModelConfig;
import dev.wootz.tensor.DType;

/** How many pages the cache of an engine has. */
final class CacheSize {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  private CacheSize() {}

  static long pages(ModelConfig config, Backend backend, DType type, int contextTokens, EngineOptions options) {
    if (options.cacheTokens() > 0) {
      return (options.cacheTokens() + PAGE - 1) / PAGE;
    }
    long pageBytes = 2L * config.layers() * config.kvHeads() * PAGE * type.bytes(config.headDim());
    long contextPages = (contextTokens + PAGE - 1) / PAGE + 1L;
    // On the host memory is reserved here, and used as tokens come; a device gives it at once, and has little else to do with it.
    long most = backend.stream().onHost() ? backend.stream().freeBytes() / 4 : backend.stream().freeBytes() / 4 * 3;
    // One whole context is asked for in any case.
    return Math.max(contextPages, Math.min(options.sequences() * contextPages, most / pageBytes));
  }
}
