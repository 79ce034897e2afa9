package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that both Java and the operations of a device read and write: two tensors that {@link #upload} and {@link #download} make alike, or one
 * and the same where the device is the processor, and then nothing is copied.
 */
public final class Mirror implements AutoCloseable {
  private final DeviceStream stream;
  private final Memory hostMemory;
  private final @Nullable Memory deviceMemory;
  private final Tensor host;
  private final Tensor device;

  public Mirror(DeviceStream stream, DType type, long... extents) {
    this.stream = stream;
    long bytes = Math.max(1, type.bytes(Shape.of(extents).elements()));
    hostMemory = stream.allocateHost(bytes);
    host = Tensor.over(hostMemory, type, extents);
    if (stream.onHost()) {
      deviceMemory = null;
      device = host;
      return;
    }
    try {
      deviceMemory = stream.allocate(bytes);
    } catch (Throwable e) {
      hostMemory.close();
      throw e;
    }
    device = Tensor.over(deviceMemory, type, extents);
  }

  /** What Java reads and writes. */
  public Tensor host() {
    return host;
  }

  /** What operations read and write. */
  public Tensor device() {
    return device;
  }

  /** Queues a copy of the host's leading bytes to the device. The host's must stay as they are until the stream has come to it. */
  public void upload(long bytes) {
    if (device != host) {
      stream.copy(device, host, bytes);
    }
  }

  /** Queues a copy of the device's leading bytes to the host. They are there when the stream has been synchronised. */
  public void download(long bytes) {
    if (device != host) {
      stream.copy(host, device, bytes);
    }
  }

  @Override
  public void close() {
    if (deviceMemory != null) {
      deviceMemory.close();
    }
    hostMemory.close();
  }
}
