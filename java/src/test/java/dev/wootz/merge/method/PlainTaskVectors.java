package dev.wootz.merge.method;

import dev.wootz.merge.kit.PlainPhilox;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Generalised task arithmetic as its definition reads: float64, one element after the other, magnitudes sorted. */
final class PlainTaskVectors {
  private PlainTaskVectors() {}

  /**
   * @param factors [n], of each element of the delta: 0 where it is left out
   */
  record Model(float[] x, double weight, double[] factors) {}

  static double[] merge(float[] base, List<Model> models, boolean consensus, boolean normalize, double lambda) {
    double[] out = new double[base.length];
    for (int i = 0; i < out.length; i++) {
      double[] v = new double[models.size()];
      double sum = 0;
      for (int m = 0; m < v.length; m++) {
        Model model = models.get(m);
        v[m] = model.factors[i] == 0 ? 0 : model.weight * model.factors[i] * ((double) model.x[i] - base[i]);
        sum += v[m];
      }
      double mix = 0;
      double divisor = 0;
      for (int m = 0; m < v.length; m++) {
        if (!consensus || Math.signum(v[m]) == (sum >= 0 ? 1 : -1)) {
          mix += v[m];
          divisor += models.get(m).weight;
        }
      }
      if (normalize) {
        mix /= Math.abs(divisor) < 1e-8 ? 1 : divisor;
      }
      out[i] = base[i] + lambda * mix;
    }
    return out;
  }

  /** Whether the sum that decides about an element's sign is so small that its rounding decides. */
  static boolean undecided(float[] base, List<Model> models, int i) {
    double sum = 0;
    double magnitudes = 0;
    for (Model model : models) {
      double v = model.weight * model.factors[i] * ((double) model.x[i] - base[i]);
      sum += v;
      magnitudes += Math.abs(v);
    }
    return Math.abs(sum) <= 1e-6 * magnitudes && magnitudes > 0;
  }

  static double[] all(int n) {
    double[] factors = new double[n];
    Arrays.fill(factors, 1);
    return factors;
  }

  /** Places [from, to) of the ascending order of magnitudes; at a cut the lowest indices of equal magnitudes are kept. */
  static double[] window(float[] x, float[] base, long from, long to) {
    int n = x.length;
    double[] magnitudes = magnitudes(x, base);
    double[] sorted = magnitudes.clone();
    Arrays.sort(sorted);
    double[] factors = new double[n];
    for (int start = 0; start < n; ) {
      int end = start;
      while (end < n && sorted[end] == sorted[start]) {
        end++;
      }
      double value = sorted[start];
      long keep = Math.max(0, Math.min(end, to) - Math.max(start, from));
      for (int i = 0; i < n && keep > 0; i++) {
        if (magnitudes[i] == value) {
          factors[i] = 1;
          keep--;
        }
      }
      start = end;
    }
    return factors;
  }

  static double[] random(int n, PlainPhilox philox, double density, boolean inverse) {
    double[] factors = new double[n];
    for (int i = 0; i < n; i++) {
      factors[i] = philox.uniform(i) < density ? inverse ? 1 / density : 1 : 0;
    }
    return factors;
  }

  static double[] ranked(float[] x, float[] base, int cols, PlainPhilox philox, double density, double epsilon, boolean inverse) {
    int n = x.length;
    double[] magnitudes = magnitudes(x, base);
    double[] factors = new double[n];
    for (int row = 0; row < n; row += cols) {
      Integer[] order = new Integer[cols];
      Arrays.setAll(order, i -> i);
      int first = row;
      Arrays.sort(order, Comparator.comparingDouble((Integer i) -> magnitudes[first + i])); // stable: equal magnitudes by index
      for (int k = 1; k <= cols; k++) {
        int i = row + order[k - 1];
        double p = cols == 1 ? density : density - epsilon + 2 * epsilon * (k - 1) / (cols - 1);
        factors[i] = philox.uniform(i) < p ? inverse ? 1 / p : 1 : 0;
      }
    }
    return factors;
  }

  /** Scaled so that the sum of magnitudes is what it was before. */
  static double[] l1(float[] x, float[] base, double[] factors) {
    double before = 0;
    double after = 0;
    for (int i = 0; i < factors.length; i++) {
      double magnitude = Math.abs((double) x[i] - base[i]);
      before += magnitude;
      after += magnitude * factors[i];
    }
    double factor = after > 0 ? before / after : 1;
    return Arrays.stream(factors).map(f -> f * factor).toArray();
  }

  static double[] magnitudes(float[] x, float[] base) {
    double[] magnitudes = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      magnitudes[i] = Math.abs((float) ((double) x[i] - base[i]));
    }
    return magnitudes;
  }
}
