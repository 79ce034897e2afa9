package dev.wootz.merge.pipeline;

import java.util.OptionalLong;

/**
 * How a merge runs. None of it but the seed changes the values.
 *
 * @param maxMemory bytes of buffers
 * @param maxShardSize bytes of tensor data in one file
 */
public record MergeOptions(
    OptionalLong seed,
    int threads,
    long maxMemory,
    long maxShardSize,
    boolean resume,
    boolean overwrite,
    boolean verify,
    boolean checkFinite) {

  public static final MergeOptions DEFAULT =
      new MergeOptions(
          OptionalLong.empty(), Runtime.getRuntime().availableProcessors(), 512L << 20, 5_000_000_000L, false, false, false, false);

  public MergeOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    if (maxMemory < 1) {
      throw new IllegalArgumentException("maximum memory is " + maxMemory + " bytes, expected a positive number");
    }
    if (maxShardSize < 1) {
      throw new IllegalArgumentException("maximum shard size is " + maxShardSize + " bytes, expected a positive number");
    }
  }

  public MergeOptions withSeed(long value) {
    return new MergeOptions(OptionalLong.of(value), threads, maxMemory, maxShardSize, resume, overwrite, verify, checkFinite);
  }

  public MergeOptions withThreads(int value) {
    return new MergeOptions(seed, value, maxMemory, maxShardSize, resume, overwrite, verify, checkFinite);
  }

  public MergeOptions withMaxMemory(long value) {
    return new MergeOptions(seed, threads, value, maxShardSize, resume, overwrite, verify, checkFinite);
  }

  public MergeOptions withMaxShardSize(long value) {
    return new MergeOptions(seed, threads, maxMemory, value, resume, overwrite, verify, checkFinite);
  }

  public MergeOptions withResume(boolean value) {
    return new MergeOptions(seed, threads, maxMemory, maxShardSize, value, overwrite, verify, checkFinite);
  }

  public MergeOptions withOverwrite(boolean value) {
    return new MergeOptions(seed, threads, maxMemory, maxShardSize, resume, value, verify, checkFinite);
  }

  public MergeOptions withVerify(boolean value) {
    return new MergeOptions(seed, threads, maxMemory, maxShardSize, resume, overwrite, value, checkFinite);
  }

  public MergeOptions withCheckFinite(boolean value) {
    return new MergeOptions(seed, threads, maxMemory, maxShardSize, resume, overwrite, verify, value);
  }
}
