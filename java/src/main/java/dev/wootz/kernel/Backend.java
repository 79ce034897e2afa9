package dev.wootz.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Where a model computes: the operations of one device, in the order of one stream, and the threads that they may use. What one backend queues may
 * run beside what another queues, and each is for one thread at a time; the processor's are all the same and need no closing.
 *
 * @param stream memory, copies, waiting
 * @param pool null for the calling thread alone
 */
public record Backend(
    Device device,
    DeviceStream stream,
    Kernels kernels,
    LinearKernels linear,
    TransformerKernels transformer,
    AttentionKernels attention,
    CacheKernels cache,
    SamplingKernels sampling,
    @Nullable Threads pool)
    implements AutoCloseable {

  /** The processor. */
  public static Backend cpu(@Nullable Threads pool) {
    return new Backend(
        Device.cpu(), HostStream.INSTANCE, CpuKernels.get(), CpuLinearKernels.get(), CpuTransformerKernels.get(), CpuAttentionKernels.get(),
        CpuCacheKernels.get(), CpuSamplingKernels.get(), pool);
  }

  /**
   * A device, with a stream of its own. Tokens are drawn on the host: there is where the masks of constraints are made.
   *
   * @param pool for what the processor does meanwhile: preparing weights
   * @throws DeviceException for a CUDA device that cannot be used
   */
  public static Backend of(Device device, @Nullable Threads pool) {
    if (!device.isCuda()) {
      return cpu(pool);
    }
    CudaStream stream = new CudaStream(device.number());
    return new Backend(
        device, stream, CpuKernels.get(), new CudaLinearKernels(stream), new CudaTransformerKernels(stream), new CudaAttentionKernels(stream),
        new CudaCacheKernels(stream), CpuSamplingKernels.get(), pool);
  }

  /** The same device with a stream of its own; to be closed, after all that was made with it. */
  public Backend fork() {
    return of(device, pool);
  }

  /** What computes, in a word or two: the processor's instruction set, or the device's name. */
  public String describe() {
    return device.isCuda() ? CudaDevice.require(device.number()).name() : kernels.isa();
  }

  @Override
  public void close() {
    if (attention instanceof CudaAttentionKernels kernels) {
      kernels.close();
    }
    stream.close();
  }
}
