package dev.wootz.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Where a model computes: the operations of one device and the threads that they may use.
 *
 * @param pool null for the calling thread alone
 */
public record Backend(
    Kernels kernels,
    LinearKernels linear,
    TransformerKernels transformer,
    AttentionKernels attention,
    CacheKernels cache,
    SamplingKernels sampling,
    @Nullable Threads pool) {

  /** The processor. */
  public static Backend cpu(@Nullable Threads pool) {
    return new Backend(
        CpuKernels.get(), CpuLinearKernels.get(), CpuTransformerKernels.get(), CpuAttentionKernels.get(), CpuCacheKernels.get(),
        CpuSamplingKernels.get(), pool);
  }
}
