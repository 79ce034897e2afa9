package dev.wootz.engine;

import java.time.Duration;

/**
 * How much an {@link Engine} takes on; immutable, the {@code with} methods give changed copies.
 *
 * @param cacheTokens tokens whose keys and values fit into the cache, of all sequences together; 0: as many as {@link #sequences} contexts
 *     need, or as fit into a quarter of the machine's memory, or three quarters of what a CUDA device has free
 * @param sequences most requests that are computed at the same time
 * @param queue most requests that wait for their turn; more are refused
 * @param longestWait a request that has waited so long for its turn is refused
 * @param keepPrefixes whether the keys and values of finished requests are kept for requests that begin alike, as long as there is room
 */
public record EngineOptions(long cacheTokens, int sequences, int queue, Duration longestWait, boolean keepPrefixes) {
  public EngineOptions {
    if (cacheTokens < 0 || sequences < 1 || queue < 0 || longestWait.isNegative()) {
      throw new IllegalArgumentException(
          "cache of " + cacheTokens + " tokens, " + sequences + " sequences, queue of " + queue + ", longest wait " + longestWait
              + ": expected at least 0, 1, 0 and 0");
    }
  }

  /** 32 sequences, a queue of 4096, a wait of ten minutes at most, prefixes kept. */
  public static EngineOptions defaults() {
    return new EngineOptions(0, 32, 4096, Duration.ofMinutes(10), true);
  }

  public EngineOptions withCacheTokens(long tokens) {
    return new EngineOptions(tokens, sequences, queue, longestWait, keepPrefixes);
  }

  public EngineOptions withSequences(int most) {
    return new EngineOptions(cacheTokens, most, queue, longestWait, keepPrefixes);
  }

  public EngineOptions withQueue(int most) {
    return new EngineOptions(cacheTokens, sequences, most, longestWait, keepPrefixes);
  }

  public EngineOptions withLongestWait(Duration limit) {
    return new EngineOptions(cacheTokens, sequences, queue, limit, keepPrefixes);
  }

  public EngineOptions withKeepPrefixes(boolean keep) {
    return new EngineOptions(cacheTokens, sequences, queue, longestWait, keep);
  }
}
