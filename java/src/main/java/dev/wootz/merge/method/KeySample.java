package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keys seen at a few places of a tensor: they tell between which keys a rank probably lies. */
final class KeySample {
  /** Half the width of a bracket in standard errors; 6 ranks in 100,000 fall outside. */
  private static final double STANDARD_ERRORS = 4;

  private final List<int[]> probes = new ArrayList<>();

  void add(int[] keys) {
    probes.add(keys);
  }

  /** Estimate of the part of the keys that are zero. */
  double zeros() {
    return (double) count(0, true) / Math.max(1, size());
  }

  /**
   * A round that probably finds the key with the part {@code quantile} of all keys below it.
   *
   * @param capacity keys that the round may keep
   * @param uncertainty standard error of {@code quantile} itself
   */
  BracketRound bracket(Kernels kernels, int tiles, long capacity, double quantile, double uncertainty) {
    int m = size();
    int middle = at(quantile * m);
    // Keys of one probe resemble each other (they lie in one row), so the spread between the probes tells the error, not their size.
    double error = Math.max(Math.max(spread(middle, false), spread(middle, true)), Math.sqrt(quantile * (1 - quantile) / m));
    double width = STANDARD_ERRORS * Math.hypot(error, uncertainty) + 1.0 / m;
    int low = quantile - width < 0 ? 0 : at((quantile - width) * m);
    int high = (quantile + width) * m >= m ? 0xFFFFFFFF : at((quantile + width) * m);
    return new BracketRound(kernels, tiles, capacity, low, high);
  }

  /** Standard error of {@link #zeros}. */
  double zerosError() {
    return spread(0, true);
  }

  /** Standard error of the part of keys below {@code key} (or equal to it), from its spread over the probes. */
  private double spread(int key, boolean orEqual) {
    int n = probes.size();
    double[] parts = probes.stream().mapToDouble(probe -> (double) count(probe, key, orEqual) / Math.max(1, probe.length)).toArray();
    double mean = Arrays.stream(parts).sum() / n;
    double squares = Arrays.stream(parts).map(part -> (part - mean) * (part - mean)).sum();
    return n < 2 ? 1 : Math.sqrt(squares / (n - 1) / n);
  }

  private long count(int key, boolean orEqual) {
    return probes.stream().mapToLong(probe -> count(probe, key, orEqual)).sum();
  }

  private static int count(int[] keys, int key, boolean orEqual) {
    int bound = key ^ Integer.MIN_VALUE;
    int n = 0;
    for (int k : keys) {
      int signed = k ^ Integer.MIN_VALUE;
      n += signed < bound || orEqual && signed == bound ? 1 : 0;
    }
    return n;
  }

  private int at(double place) {
    long index = Math.min(size() - 1, Math.max(0, (long) place));
    int[][] chunks = probes.toArray(int[][]::new);
    int[] counts = Arrays.stream(chunks).mapToInt(keys -> keys.length).toArray();
    return RadixSelect.find(chunks, counts, index, 0, 0xFFFFFFFF).value();
  }

  private int size() {
    return probes.stream().mapToInt(keys -> keys.length).sum();
  }
}
