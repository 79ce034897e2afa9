package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Keys that came in pieces, put together in native memory, where the key at a place of their sorted order is found. */
final class KeyPieces implements AutoCloseable {
  private final Kernels kernels;
  private final long[] lengths;
  private final Memory memory;
  private final Tensor keys;

  /**
   * The key at a rank.
   *
   * @param value the key (unsigned)
   * @param below [pieces], how many keys of each are smaller
   * @param equal [pieces], how many keys of each are equal, itself included
   */
  record Found(int value, long[] below, long[] equal) {}

  /**
   * @param pieces keys (unsigned), of piece i the first {@code lengths[i]}
   * @param lengths one for each piece
   */
  KeyPieces(Kernels kernels, int[][] pieces, int[] lengths) {
    this.kernels = kernels;
    this.lengths = Arrays.stream(lengths).asLongStream().toArray();
    long n = elements();
    this.memory = Memory.allocate(Math.multiplyExact(n, (long) DType.I32.bytes()));
    this.keys = Tensor.over(memory, DType.I32, n);
    IntBuffer all = keys.buffer().asIntBuffer();
    for (int i = 0; i < pieces.length; i++) {
      all.put(pieces[i], 0, lengths[i]);
    }
  }

  /** @param rank from 0, below {@link #elements} */
  Found find(long rank) {
    long[] below = new long[lengths.length];
    long[] equal = new long[lengths.length];
    int value = kernels.selectRank(below, equal, keys, lengths, rank);
    return new Found(value, below, equal);
  }

  long elements() {
    return Arrays.stream(lengths).sum();
  }

  @Override
  public void close() {
    memory.close();
  }
}
