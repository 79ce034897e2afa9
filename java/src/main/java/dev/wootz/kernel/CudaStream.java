package dev.wootz.kernel;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.cuda.wz_cuda_stream;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** A stream of a CUDA device. For one thread at a time, but for {@link #close}, after which everything throws. */
final class CudaStream implements DeviceStream {
  private final int device;
  private @Nullable wz_cuda_stream stream;

  /** Whether something was queued since all was done. */
  private boolean pending;

  CudaStream(int device) {
    this.device = device;
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      CudaArguments.check(wootz_cuda.wz_cuda_stream_create(device, result));
      stream = new wz_cuda_stream(result.get(0));
    }
  }

  /** To queue something. Throws {@link IllegalStateException} after {@link #close}. */
  wz_cuda_stream pointer() {
    pending = true;
    return open();
  }

  private wz_cuda_stream open() {
    wz_cuda_stream open = stream;
    if (open == null) {
      throw new IllegalStateException("this stream of CUDA device " + device + " has been closed");
    }
    return open;
  }

  @Override
  public int device() {
    return device;
  }

  @Override
  public Memory allocate(long bytes) {
    open();
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      CudaArguments.check(wootz_cuda.wz_cuda_memory_allocate(device, bytes, result));
      return Memory.owned(result.get(0).address(), bytes, device, CudaStream::free);
    }
  }

  // A device that has failed refuses to free as well, and whoever closes has been told at the failure.
  private static void free(long address) {
    wootz_cuda.wz_cuda_memory_free(new Address(address));
  }

  @Override
  public long freeBytes() {
    return CudaDevice.freeMemory(device);
  }

  @Override
  public Memory allocateHost(long bytes) {
    open();
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      CudaArguments.check(wootz_cuda.wz_cuda_host_allocate(bytes, result));
      return Memory.owned(result.get(0).address(), bytes, Memory.HOST, CudaStream::freeHost);
    }
  }

  private static void freeHost(long address) {
    wootz_cuda.wz_cuda_host_free(new Address(address));
  }

  @Override
  public void copy(Tensor to, Tensor from, long bytes) {
    if (bytes > to.bytes() || bytes > from.bytes()) {
      throw new KernelException("a copy of " + bytes + " bytes from " + from + " to " + to + ": expected both to be as large");
    }
    CudaArguments.check(wootz_cuda.wz_cuda_copy(to.pointer(), from.pointer(), bytes, pointer()));
  }

  @Override
  public void synchronize() {
    if (pending) {
      CudaArguments.check(wootz_cuda.wz_cuda_stream_synchronize(open()));
      pending = false;
    }
  }

  @Override
  public void close() {
    wz_cuda_stream open = stream;
    stream = null;
    if (open != null) {
      wootz_cuda.wz_cuda_stream_free(open);
    }
  }

  private static final class Address extends Pointer {
    Address(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
