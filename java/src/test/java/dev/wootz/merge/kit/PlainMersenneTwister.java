package dev.wootz.merge.kit;

import dev.wootz.merge.DrawStream;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;

/** MT19937 (Matsumoto and Nishimura 1998), written from the paper: the other opinion on the native generator. */
public final class PlainMersenneTwister {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int next = N;
  private int[] drawn = new int[N];
  private int count;

  public PlainMersenneTwister(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
  }

  /** Output number {@code index} of the sequence. */
  public synchronized int word(int index) {
    while (count <= index) {
      if (count == drawn.length) {
        drawn = java.util.Arrays.copyOf(drawn, 2 * count);
      }
      drawn[count++] = next();
    }
    return drawn[index];
  }

  /** The stream of one tensor whose first draw is output number {@code start}. */
  public DrawStream from(long start) {
    return (keep, p, first) -> {
      int n = Math.toIntExact(keep.elements());
      float[] probabilities = Elements.floats(p);
      ByteBuffer buffer = bytes(keep);
      for (int i = 0; i < n; i++) {
        float u = (word(Math.toIntExact(start + first + i)) & 0xFFFFFF) / (float) (1 << 24);
        buffer.put(i, (byte) (u < probabilities[probabilities.length == 1 ? 0 : i] ? 1 : 0));
      }
    };
  }

  private static ByteBuffer bytes(Tensor keep) {
    return keep.buffer();
  }

  private int next() {
    if (next == N) {
      for (int i = 0; i < N; i++) {
        int y = state[i] & 0x80000000 | state[(i + 1) % N] & 0x7FFFFFFF;
        state[i] = state[(i + M) % N] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908B0DF);
      }
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9D2C5680;
    y ^= y << 15 & 0xEFC60000;
    return y ^ y >>> 18;
  }
}
