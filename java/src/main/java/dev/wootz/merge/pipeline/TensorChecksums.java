package dev.wootz.merge.pipeline;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * One number for each output tensor that its pieces can be added to in any order: the sum, modulo 2^64, of mix(CRC-32C of the piece,
 * position of its first byte). It tells a resumed run which finished tensors really reached the disk, and goes into the manifest.
 */
final class TensorChecksums {
  private final Map<String, Long> sums = new ConcurrentHashMap<>();

  /**
   * A tensor's sum over pieces of this many bytes.
   *
   * @param sum 16 hexadecimal digits; zeros for an empty tensor
   */
  record Checksum(String sum, long pieceBytes) {}

  /**
   * Adds the remaining bytes.
   *
   * @param at position of the first in the tensor, in bytes
   */
  void add(String tensor, long at, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    sums.merge(tensor, mix(crc.getValue() << 32 ^ at), Long::sum);
  }

  Checksum of(String tensor, long pieceBytes) {
    return new Checksum(String.format("%016x", sums.getOrDefault(tensor, 0L)), pieceBytes);
  }

  /** Starts a tensor again. */
  void clear(String tensor) {
    sums.remove(tensor);
  }

  /** SplitMix64's finaliser (Steele et al., OOPSLA 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
