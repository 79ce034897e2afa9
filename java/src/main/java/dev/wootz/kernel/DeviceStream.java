package dev.wootz.kernel;

import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;

/**
 * Work on a device, in order: what is queued runs after all that was queued before, and the caller does not wait for it. What a queued operation
 * does wrong shows at the next {@link #synchronize}. The processor's stream is the calling thread: nothing is ever pending there.
 */
public interface DeviceStream extends AutoCloseable {
  /** The number of the CUDA device, or {@link Memory#HOST}. */
  int device();

  /** Whether operations work on the host's memory, so that nothing needs to be copied. */
  default boolean onHost() {
    return device() == Memory.HOST;
  }

  /**
   * Uninitialised memory that operations of this stream work on, aligned to 64 bytes or more.
   *
   * @throws OutOfDeviceMemoryException when the device has no more; {@link OutOfMemoryError} when the host has no more
   */
  Memory allocate(long bytes);

  /** Bytes that {@link #allocate} may still find: what the device has free, or all that the machine has. */
  long freeBytes();

  /** Memory of the host that is copied from and to the device without a detour. */
  Memory allocateHost(long bytes);

  /**
   * Queues a copy of the leading bytes, between host and device or within one of them. Host memory must stay as it is until the stream has come to
   * the copy.
   */
  void copy(Tensor to, Tensor from, long bytes);

  /** Waits until all that was queued is done. Throws {@link DeviceException} for what failed of it. */
  void synchronize();

  @Override
  void close();
}
