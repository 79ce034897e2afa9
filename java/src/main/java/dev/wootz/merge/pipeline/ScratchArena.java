package dev.wootz.merge.pipeline;

import dev.wootz.merge.Scratch;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Working memory of one thread: handed out piece by piece, taken back all at once. It grows to what the largest tile needs and is then
 * allocated no more.
 */
final class ScratchArena implements Scratch, AutoCloseable {
  private static final long ALIGNMENT = 64;
  private static final long SMALLEST = 1 << 20;

  private final List<Memory> blocks = new ArrayList<>();
  private int block = -1;
  private long used;

  @Override
  public Tensor scratch(DType dtype, long elements) {
    long bytes = Math.multiplyExact(elements, (long) dtype.bytes());
    while (block < 0 || used + bytes > blocks.get(block).bytes()) {
      block++;
      used = 0;
      if (block == blocks.size()) {
        blocks.add(Memory.allocate(Math.max(SMALLEST, bytes)));
      }
    }
    Tensor tensor = new Tensor(blocks.get(block), used, dtype, Shape.of(elements));
    used = (used + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return tensor;
  }

  /** Takes everything back. Several blocks become one, so that the next tile fits into it. */
  void reset() {
    if (blocks.size() > 1) {
      long bytes = bytes();
      close();
      blocks.add(Memory.allocate(bytes));
    }
    block = -1;
    used = 0;
  }

  long bytes() {
    return blocks.stream().mapToLong(Memory::bytes).sum();
  }

  @Override
  public void close() {
    blocks.forEach(Memory::close);
    blocks.clear();
    block = -1;
    used = 0;
  }
}
