package dev.wootz.kernel;

import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** The processor: operations are done when they return. */
final class HostStream implements DeviceStream {
  static final HostStream INSTANCE = new HostStream();

  private HostStream() {}

  @Override
  public int device() {
    return Memory.HOST;
  }

  @Override
  public Memory allocate(long bytes) {
    return Memory.allocate(bytes);
  }

  @Override
  public long freeBytes() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
  }

  @Override
  public Memory allocateHost(long bytes) {
    return Memory.allocate(bytes);
  }

  @Override
  public void copy(Tensor to, Tensor from, long bytes) {
    if (bytes > to.bytes() || bytes > from.bytes()) {
      throw new KernelException("a copy of " + bytes + " bytes from " + from + " to " + to + ": expected both to be as large");
    }
    if (bytes > 0) {
      Pointer.memcpy(to.pointer(), from.pointer(), bytes);
    }
  }

  @Override
  public void clear(Tensor tensor) {
    if (tensor.bytes() > 0) {
      Pointer.memset(NativeArguments.pointer(tensor), 0, tensor.bytes());
    }
  }

  @Override
  public @Nullable Recording record(Runnable work) {
    return null;
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
