package dev.wootz.merge.vocabulary;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.Scratch;
import dev.wootz.merge.TensorSource;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A matrix in memory as a source; counts how often it is asked. */
final class MemorySource implements TensorSource {
  private final Tensor tensor;
  final AtomicInteger loads = new AtomicInteger();

  MemorySource(Tensor tensor) {
    this.tensor = tensor;
  }

  /** The whole tensor of a checkpoint, in memory that {@code owner} closes. */
  static MemorySource of(Checkpoint checkpoint, String name, Arena owner) {
    TensorInfo info = checkpoint.tensor(name);
    Tensor tensor = owner.tensor(info.dtype(), info.shape());
    checkpoint.read(info, 0, tensor.buffer());
    return new MemorySource(tensor);
  }

  @Override
  public DType dtype() {
    return tensor.dtype();
  }

  @Override
  public Shape shape() {
    return tensor.shape();
  }

  @Override
  public boolean wholeRows() {
    return false;
  }

  @Override
  public void load(long first, Tensor into, Scratch scratch) {
    loads.incrementAndGet();
    ByteBuffer from = tensor.flat(first, into.elements()).buffer();
    into.buffer().put(from);
  }

  @Override
  public long bytesToRead() {
    return tensor.bytes();
  }

  /** Memory of a test. */
  static final class Arena implements Scratch, AutoCloseable {
    private final List<Memory> memories = new ArrayList<>();

    Tensor tensor(DType type, Shape shape) {
      Memory memory = Memory.allocate(shape.elements() * type.bytes());
      memories.add(memory);
      return new Tensor(memory, 0, type, shape);
    }

    @Override
    public Tensor scratch(DType type, long elements) {
      return tensor(type, Shape.of(elements));
    }

    @Override
    public void close() {
      memories.forEach(Memory::close);
    }
  }
}
