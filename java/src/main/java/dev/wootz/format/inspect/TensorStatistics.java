package dev.wootz.format.inspect;

import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.Kernels.Statistics;

/**
 * A tensor and what its values are like.
 *
 * @param values of the finite ones, and counts of the others; {@link Statistics#NONE} for types that no operation computes with
 */
public record TensorStatistics(TensorInfo tensor, Statistics values) {

  private long finite() {
    return values.count() - values.nans() - values.infinities();
  }

  /** NaN when there is no finite value. */
  public double minimum() {
    return finite() == 0 ? Double.NaN : values.minimum();
  }

  /** NaN when there is no finite value. */
  public double maximum() {
    return finite() == 0 ? Double.NaN : values.maximum();
  }

  /** Of the finite values. */
  public double mean() {
    return values.sum() / finite();
  }

  /** Population standard deviation of the finite values. */
  public double deviation() {
    double mean = mean();
    return Math.sqrt(Math.max(0, values.sumSquares() / finite() - mean * mean));
  }

  static Statistics sum(Statistics a, Statistics b) {
    return new Statistics(
        a.count() + b.count(),
        a.zeros() + b.zeros(),
        a.nans() + b.nans(),
        a.infinities() + b.infinities(),
        Math.min(a.minimum(), b.minimum()),
        Math.max(a.maximum(), b.maximum()),
        a.sum() + b.sum(),
        a.sumSquares() + b.sumSquares());
  }
}
