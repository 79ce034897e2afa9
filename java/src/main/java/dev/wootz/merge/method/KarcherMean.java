package dev.wootz.merge.method;

import java.util.Arrays;

/**
 * The Karcher mean u of unit vectors u_i with equal weights a, found as mergekit finds it: from their normalised mean, repeatedly along
 *
 * <pre>
 * T = sum a theta_i / sin theta_i (u_i - cos theta_i u),  u := cos|T| u + sin|T| T / |T|
 * </pre>
 *
 * <p>Every iterate is a linear combination of the vectors, so the iteration runs on its coefficients alone; lengths and angles come from
 * the Gram matrix. theta / sin theta is smooth in cos theta around 1, so nearly parallel vectors lose nothing.
 */
final class KarcherMean {
  /** sin theta below which opposite directions have no shortest arc between them that a step could follow. */
  private static final double SMALLEST_SINE = 1e-6;

  private final Gram cosines;
  private final double[] equal;
  private final double tolerance;

  private KarcherMean(Gram cosines, double[] equal, double tolerance) {
    this.cosines = cosines;
    this.equal = equal;
    this.tolerance = tolerance;
  }

  /**
   * Weights of the vectors themselves in their mean, which has the mean of their lengths.
   *
   * @param tolerance vectors up to this length have no direction, but count as a length; a step shorter than this ends the iteration
   */
  static double[] weights(Gram gram, int iterations, double tolerance) {
    int k = gram.models();
    double[] lengths = new double[k];
    double meanLength = 0;
    int directions = 0;
    for (int i = 0; i < k; i++) {
      double norm = gram.norm(i);
      meanLength += norm / k;
      lengths[i] = norm <= tolerance ? Double.POSITIVE_INFINITY : norm;
      directions += norm <= tolerance ? 0 : 1;
    }
    double[] weights = new double[k];
    if (directions == 0) {
      Arrays.fill(weights, 1.0 / k);
      return weights;
    }
    double[] equal = new double[k];
    for (int i = 0; i < k; i++) {
      equal[i] = Double.isInfinite(lengths[i]) ? 0 : 1.0 / directions;
    }
    double[] mean = new KarcherMean(gram.scaled(lengths), equal, tolerance).find(iterations);
    for (int i = 0; i < k; i++) {
      weights[i] = meanLength * mean[i] / lengths[i];
    }
    return weights;
  }

  private double[] find(int iterations) {
    double[] u = start();
    for (int iteration = 0; iteration < iterations; iteration++) {
      double[] tangent = tangent(u);
      double length = cosines.norm(tangent);
      if (length < tolerance || length == 0) {
        break;
      }
      for (int i = 0; i < u.length; i++) {
        u[i] = Math.cos(length) * u[i] + Math.sin(length) * (tangent[i] / length);
      }
      divide(u, cosines.norm(u));
    }
    return u;
  }

  private double[] start() {
    double[] u = equal.clone();
    double length = cosines.norm(u);
    if (length < tolerance || length == 0) {
      Arrays.fill(u, 0);
      u[first()] = 1;
    } else {
      divide(u, length);
    }
    return u;
  }

  private int first() {
    int first = 0;
    while (equal[first] == 0) {
      first++;
    }
    return first;
  }

  private double[] tangent(double[] u) {
    double[] tangent = new double[u.length];
    double along = 0;
    for (int i = 0; i < u.length; i++) {
      double cosine = Gram.clamp(cosines.dot(u, i));
      double theta = Math.acos(cosine);
      double sine = Math.sqrt((1 - cosine) * (1 + cosine));
      if (equal[i] == 0 || theta < tolerance || sine == 0 || cosine < 0 && sine < SMALLEST_SINE) {
        continue;
      }
      double factor = equal[i] * theta / sine;
      tangent[i] += factor;
      along += factor * cosine;
    }
    for (int i = 0; i < u.length; i++) {
      tangent[i] -= along * u[i];
    }
    return tangent;
  }

  private static void divide(double[] u, double length) {
    for (int i = 0; i < u.length; i++) {
      u[i] /= length;
    }
  }
}
