package dev.wootz.engine;

import dev.wootz.model.KvCache;
import dev.wootz.model.ModelConfig;
import dev.wootz.tensor.DType;
import java.lang.management.ManagementFactory;

/** How many pages the cache of an engine has. */
final class CacheSize {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  private CacheSize() {}

  static long pages(ModelConfig config, DType type, int contextTokens, EngineOptions options) {
    if (options.cacheTokens() > 0) {
      return (options.cacheTokens() + PAGE - 1) / PAGE;
    }
    long pageBytes = 2L * config.layers() * config.kvHeads() * PAGE * type.bytes(config.headDim());
    long contextPages = (contextTokens + PAGE - 1) / PAGE + 1L;
    long memory = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    // One whole context fits in any case: memory is reserved here, and used as tokens come.
    return Math.max(contextPages, Math.min(options.sequences() * contextPages, memory / 4 / pageBytes));
  }
}
