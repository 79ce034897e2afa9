package dev.wootz.kernel;

import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

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

  /** Queues that every byte of it becomes 0. */
  void clear(Tensor tensor);

  /** Work that was kept instead of done, to be queued again and again in one call. */
  interface Recording extends AutoCloseable {
    /** Queues all of it. It finds the same addresses as when it was recorded, with what is there now. */
    void launch();

    /** Operations and copies in it. */
    long size();

    @Override
    void close();
  }

  /**
   * Keeps what {@code work} queues; nothing of it is done. It must not allocate, free or wait. Null where the device has no use for recordings.
   * Throws {@link DeviceException} for work that cannot be recorded; the stream can be used again.
   */
  @Nullable Recording record(Runnable work);

  /** Waits until all that was queued is done. Throws {@link DeviceException} for what failed of it. */
  void synchronize();

  @Override
  void close();
}
