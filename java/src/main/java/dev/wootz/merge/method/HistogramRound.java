package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.Tensor;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Counts the keys by their upper 16 bits, or those with given upper bits by their lower ones: nothing is kept, whatever the keys. The upper
 * round leaves one bin to look into, the lower one leaves one key.
 */
final class HistogramRound implements Round {
  private static final int BINS = 1 << 16;

  private final Kernels kernels;
  private final int tiles;
  private final long capacity;
  private final boolean lower;
  private final int prefix;
  private final long belowPrefix;
  private final ConcurrentLinkedQueue<long[]> histograms = new ConcurrentLinkedQueue<>();

  private HistogramRound(Kernels kernels, int tiles, long capacity, boolean lower, int prefix, long belowPrefix) {
    this.kernels = kernels;
    this.tiles = tiles;
    this.capacity = capacity;
    this.lower = lower;
    this.prefix = prefix;
    this.belowPrefix = belowPrefix;
  }

  /** @param capacity how many keys of one bin may be kept by the round that follows */
  static HistogramRound upper(Kernels kernels, int tiles, long capacity) {
    return new HistogramRound(kernels, tiles, capacity, false, 0, 0);
  }

  @Override
  public long chunk() {
    return 1 << 20; // a call costs the clearing and adding of a whole histogram
  }

  @Override
  public void add(int tile, Keys keys, Tensor found) {
    long[] mine = histograms.poll(); // counts are integers, so it does not matter which thread adds to which histogram
    if (mine == null) {
      mine = new long[BINS];
    }
    kernels.selectHistogram(mine, keys.all(), lower ? 1 : 0, prefix);
    histograms.add(mine);
  }

  @Override
  public Outcome finish(long rank) {
    long[] total = new long[BINS];
    for (long[] histogram : histograms) {
      for (int bin = 0; bin < BINS; bin++) {
        total[bin] += histogram[bin];
      }
    }
    long below = belowPrefix;
    int bin = 0;
    while (below + total[bin] <= rank) {
      below += total[bin++];
    }
    if (lower) {
      int key = prefix << 16 | bin;
      return Outcome.next(new BracketRound(kernels, tiles, capacity, key, key));
    }
    if (total[bin] > capacity) {
      return Outcome.next(new HistogramRound(kernels, tiles, capacity, true, bin, below));
    }
    return Outcome.next(new BracketRound(kernels, tiles, capacity, bin << 16, bin << 16 | 0xFFFF));
  }
}
