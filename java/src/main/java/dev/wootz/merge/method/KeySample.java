package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Keys seen at a few places of a tensor: they tell between which keys a rank probably lies. */
final class KeySample {
  /** Half the width of a bracket in standard errors; 6 ranks in 100,000 fall outside. */
  private static final double STANDARD_ERRORS = 4;

  private final List<int[]> probes = new ArrayList<>();

  void add(int[] keys) {
    probes.add(keys);
  }

  /**
   * A round that probably finds the key with the part {@code quantile} of all keys below it.
   *
   * @param capacity keys that the round may keep
   * @param quantile from the estimate of the part of the keys that are zero, which is 0 unless {@code countZeros}
   */
  BracketRound bracket(Kernels kernels, int tiles, long capacity, DoubleUnaryOperator quantile, boolean countZeros) {
    try (KeyPieces keys = new KeyPieces(kernels, probes.toArray(int[][]::new), lengths())) {
      double[] zeros = countZeros ? parts(zeros(keys)) : new double[probes.size()];
      long m = keys.elements();
      double place = quantile.applyAsDouble(countZeros ? (double) sum(zeros(keys)) / Math.max(1, m) : 0);
      KeyPieces.Found middle = keys.find(index(place * m, m));
      // Keys of one probe resemble each other (they lie in one row), so the spread between the probes tells the error, not their size.
      double ofMiddle = Math.max(standardError(parts(middle.below())), standardError(parts(upTo(middle))));
      double error = Math.max(ofMiddle, Math.sqrt(place * (1 - place) / m));
      double width = STANDARD_ERRORS * Math.hypot(error, countZeros ? standardError(zeros) : 0) + 1.0 / m;
      int low = place - width < 0 ? 0 : keys.find(index((place - width) * m, m)).value();
      int high = (place + width) * m >= m ? 0xFFFFFFFF : keys.find(index((place + width) * m, m)).value();
      return new BracketRound(kernels, tiles, capacity, low, high);
    }
  }

  /** How many keys of each probe are zero. */
  private static long[] zeros(KeyPieces keys) {
    KeyPieces.Found smallest = keys.find(0);
    return smallest.value() == 0 ? smallest.equal() : smallest.below();
  }

  private static long[] upTo(KeyPieces.Found found) {
    long[] counts = found.below().clone();
    for (int i = 0; i < counts.length; i++) {
      counts[i] += found.equal()[i];
    }
    return counts;
  }

  /** Counts in each probe as parts of it. */
  private double[] parts(long[] counts) {
    double[] parts = new double[counts.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = (double) counts[i] / Math.max(1, probes.get(i).length);
    }
    return parts;
  }

  /** Of the mean of a part, from its spread over the probes. */
  private static double standardError(double[] parts) {
    int n = parts.length;
    double mean = Arrays.stream(parts).sum() / n;
    double squares = Arrays.stream(parts).map(part -> (part - mean) * (part - mean)).sum();
    return n < 2 ? 1 : Math.sqrt(squares / (n - 1) / n);
  }

  private static long index(double place, long m) {
    return Math.min(m - 1, Math.max(0, (long) place));
  }

  private static long sum(long[] counts) {
    return Arrays.stream(counts).sum();
  }

  private int[] lengths() {
    return probes.stream().mapToInt(keys -> keys.length).toArray();
  }
}
