package dev.wootz.merge.kit;

import java.nio.charset.StandardCharsets;

/** Philox4x32-10 (Salmon et al., SC 2011), written from the paper: the other opinion on the native generator. */
public final class PlainPhilox {
  private final long key;

  private PlainPhilox(long key) {
    this.key = key;
  }

  /** The sequence of (seed, name, stream). */
  public static PlainPhilox of(long seed, String name, int stream) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b & 0xFF) * 0x100000001B3L;
    }
    return new PlainPhilox(mix(mix(seed) + hash) + 0x9E3779B97F4A7C15L * stream);
  }

  /** Word {@code index} of the sequence over 2^32: in [0, 1). */
  public double uniform(long index) {
    return word(index) * 0x1p-32;
  }

  /** Word {@code index} of the sequence, unsigned. */
  public long word(long index) {
    long[] counter = {index / 4 & 0xFFFFFFFFL, index / 4 >>> 32, 0, 0};
    long k0 = key & 0xFFFFFFFFL;
    long k1 = key >>> 32;
    for (int round = 0; round < 10; round++) {
      long p0 = 0xD2511F53L * counter[0];
      long p1 = 0xCD9E8D57L * counter[2];
      counter =
          new long[] {
            p1 >>> 32 ^ counter[1] ^ k0, p1 & 0xFFFFFFFFL, p0 >>> 32 ^ counter[3] ^ k1, p0 & 0xFFFFFFFFL,
          };
      k0 = k0 + 0x9E3779B9L & 0xFFFFFFFFL;
      k1 = k1 + 0xBB67AE85L & 0xFFFFFFFFL;
    }
    return counter[(int) (index % 4)];
  }

  /** SplitMix64's finaliser. */
  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
