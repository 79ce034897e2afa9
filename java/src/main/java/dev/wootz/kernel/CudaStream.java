package dev.wootz.kernel;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.cuda.wz_cuda_graph;
import dev.wootz.bindings.cuda.wz_cuda_stream;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** A stream of a CUDA device. For one thread at a time, but where it is synchronized on; after {@link #close} everything throws. */
final class CudaStream implements DeviceStream {
  private final int device;
  private @Nullable wz_cuda_stream stream;

  CudaStream(int device) {
    this.device = device;
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      CudaArguments.check(wootz_cuda.wz_cuda_stream_create(device, result));
      stream = new wz_cuda_stream(result.get(0));
    }
  }

  /** Throws {@link IllegalStateException} after {@link #close}. */
  wz_cuda_stream pointer() {
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
    pointer();
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
    pointer();
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
  public void clear(Tensor tensor) {
    CudaArguments.check(wootz_cuda.wz_cuda_memory_set(NativeArguments.on(device, tensor), 0, tensor.bytes(), pointer()));
  }

  @Override
  public void synchronize() {
    CudaArguments.check(wootz_cuda.wz_cuda_stream_synchronize(pointer()));
  }

  /** Synchronized, as are edits of a cache: what another thread queued meanwhile would be recorded, too. */
  @Override
  public synchronized Recording record(Runnable work) {
    CudaArguments.check(wootz_cuda.wz_cuda_capture_begin(pointer()));
    RuntimeException failure = null;
    try {
      work.run();
    } catch (RuntimeException e) {
      failure = e;
    }
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      int status = wootz_cuda.wz_cuda_capture_end(pointer(), result);
      Pointer graph = result.get(0);
      if (failure != null) {
        if (graph != null && !graph.isNull()) {
          wootz_cuda.wz_cuda_graph_free(new wz_cuda_graph(graph));
        }
        throw failure;
      }
      CudaArguments.check(status);
      return new Graph(new wz_cuda_graph(graph));
    }
  }

  private final class Graph implements Recording {
    private @Nullable wz_cuda_graph graph;

    Graph(wz_cuda_graph graph) {
      this.graph = graph;
    }

    private wz_cuda_graph open() {
      wz_cuda_graph open = graph;
      if (open == null) {
        throw new IllegalStateException("this recording has been closed");
      }
      return open;
    }

    @Override
    public void launch() {
      CudaArguments.check(wootz_cuda.wz_cuda_graph_launch(open(), pointer()));
    }

    @Override
    public long size() {
      try (LongPointer nodes = new LongPointer(1)) {
        CudaArguments.check(wootz_cuda.wz_cuda_graph_nodes(open(), nodes));
        return nodes.get();
      }
    }

    @Override
    public void close() {
      wz_cuda_graph open = graph;
      graph = null;
      if (open != null) {
        wootz_cuda.wz_cuda_graph_free(open);
      }
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
