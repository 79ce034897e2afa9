package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks for the key at a rank between two bounds: counts what lies below and keeps what lies between, tile by tile. Exact when the rank
 * falls between the bounds; otherwise, or when there is too much to keep, histograms must follow.
 *
 * <p>A bound that many keys share (bfloat16 deltas are multiples of few units) is better counted apart than kept.
 */
final class BracketRound implements Round {
  private static final int[] NONE = {};

  private final Kernels kernels;
  private final long capacity;
  private final int low;
  private final int high;
  private final long[] below;
  private final long[] equalLow;
  private final long[] equalHigh;
  private final int[][] inside;
  private final int[] insideCounts;
  private final AtomicLong kept = new AtomicLong();

  /**
   * @param capacity keys kept at most
   * @param low,high inclusive, unsigned
   */
  BracketRound(Kernels kernels, int tiles, long capacity, int low, int high) {
    this.kernels = kernels;
    this.capacity = capacity;
    this.low = low;
    this.high = high;
    this.below = new long[tiles];
    this.equalLow = new long[tiles];
    this.equalHigh = new long[tiles];
    this.inside = new int[tiles][];
    this.insideCounts = new int[tiles];
    Arrays.fill(inside, NONE);
  }

  @Override
  public long chunk() {
    return 1 << 15; // keys and found keys stay in the second-level cache
  }

  @Override
  public void add(int tile, Keys keys, Tensor found) {
    long[] counts = new long[5];
    keys.between(found, counts, low, high);
    below[tile] += counts[0];
    equalLow[tile] += counts[1];
    equalHigh[tile] += counts[3];
    keep(tile, found, Math.toIntExact(counts[2]));
  }

  private void keep(int tile, Tensor found, int n) {
    if (n == 0 || kept.addAndGet(n) > capacity) {
      inside[tile] = n == 0 ? inside[tile] : NONE;
      return;
    }
    int count = insideCounts[tile];
    if (inside[tile].length < count + n) {
      inside[tile] = Arrays.copyOf(inside[tile], Math.max(count + n, count + count / 2));
    }
    found.buffer().asIntBuffer().get(inside[tile], count, n);
    insideCounts[tile] = count + n;
  }

  @Override
  public Outcome finish(long rank) {
    long place = rank - sum(below);
    long lows = sum(equalLow);
    long highs = sum(equalHigh);
    if (kept.get() > capacity || place < 0 || place >= lows + kept.get() + highs) {
      return Outcome.next(HistogramRound.upper(kernels, below.length, capacity));
    }
    if (place < lows) {
      return Outcome.found(OrderStatistic.of(low, rank - place, equalLow));
    }
    if (place >= lows + kept.get()) {
      return Outcome.found(OrderStatistic.of(high, rank - place + lows + kept.get(), equalHigh));
    }
    try (KeyPieces keys = new KeyPieces(kernels, inside, insideCounts)) {
      KeyPieces.Found found = keys.find(place - lows);
      return Outcome.found(OrderStatistic.of(found.value(), rank - place + lows + sum(found.below()), found.equal()));
    }
  }

  private static long sum(long[] counts) {
    return Arrays.stream(counts).sum();
  }
}
