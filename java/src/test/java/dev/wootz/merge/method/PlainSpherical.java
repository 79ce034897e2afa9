package dev.wootz.merge.method;

import java.util.Arrays;

/** Averages and spherical means of whole vectors in float64, formula by formula, without Gram matrices: what merges are compared with. */
final class PlainSpherical {
  private PlainSpherical() {}

  static double[] linear(double[][] x, double[] weights, boolean normalize) {
    double[] sum = new double[x[0].length];
    for (int i = 0; i < x.length; i++) {
      sum = add(sum, scale(x[i], weights[i]));
    }
    return normalize ? scale(sum, 1 / Arrays.stream(weights).sum()) : sum;
  }

  static double[] slerp(double[] x, double[] y, double t) {
    double c = dot(unit(x, 1e-8), unit(y, 1e-8));
    return Math.abs(c) > 0.9995 ? line(x, y, t) : arc(x, y, c, t);
  }

  static double[] nuslerp(double[] x, double[] y, double t) {
    double c = dot(scale(x, 1 / Math.max(norm(x), 1e-7)), scale(y, 1 / Math.max(norm(y), 1e-7)));
    c = Math.max(-1, Math.min(1, c));
    return Math.sin(Math.acos(c)) < 1e-6 ? line(x, y, t) : arc(x, y, c, t);
  }

  private static double[] line(double[] x, double[] y, double t) {
    return add(scale(x, 1 - t), scale(y, t));
  }

  private static double[] arc(double[] x, double[] y, double c, double t) {
    double theta = Math.acos(c);
    return scale(add(scale(x, Math.sin((1 - t) * theta)), scale(y, Math.sin(t * theta))), 1 / Math.sin(theta));
  }

  static double[] multislerp(double[][] x, double[] weights, double eps) {
    int k = x.length;
    double[][] u = new double[k][];
    double length = 0;
    for (int i = 0; i < k; i++) {
      u[i] = scale(x[i], 1 / (norm(x[i]) + eps));
      length += weights[i] * norm(x[i]);
    }
    double[] mean = linear(u, weights, false);
    if (norm(mean) < eps) {
      return linear(x, weights, false);
    }
    mean = scale(mean, 1 / norm(mean));
    double[][] tangents = new double[k][];
    for (int i = 0; i < k; i++) {
      tangents[i] = add(u[i], scale(mean, -dot(u[i], mean)));
    }
    double[] tangent = linear(tangents, weights, false);
    double r = norm(tangent) + eps;
    return scale(add(scale(mean, Math.cos(r)), scale(tangent, Math.sin(r) / r)), length);
  }

  static double[] karcher(double[][] x, int iterations, double tolerance) {
    double[][] u = Arrays.stream(x).filter(v -> norm(v) > tolerance).map(v -> scale(v, 1 / norm(v))).toArray(double[][]::new);
    double length = Arrays.stream(x).mapToDouble(PlainSpherical::norm).sum() / x.length;
    if (u.length == 0) {
      return new double[x[0].length];
    }
    double[] mean = scale(linear(u, ones(u.length), false), 1.0 / u.length);
    mean = norm(mean) < tolerance ? u[0] : scale(mean, 1 / norm(mean));
    for (int iteration = 0; iteration < iterations; iteration++) {
      double[] tangent = new double[mean.length];
      for (double[] v : u) {
        double c = Math.max(-1, Math.min(1, dot(mean, v)));
        double theta = Math.acos(c);
        if (theta >= tolerance) {
          tangent = add(tangent, scale(add(v, scale(mean, -c)), theta / Math.sin(theta) / u.length));
        }
      }
      double step = norm(tangent);
      if (step < tolerance) {
        break;
      }
      mean = add(scale(mean, Math.cos(step)), scale(tangent, Math.sin(step) / step));
      mean = scale(mean, 1 / norm(mean));
    }
    return scale(mean, length);
  }

  /** @param d the deltas */
  static double modelStockRatio(double[][] d) {
    int n = d.length;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double product = norm(d[i]) * norm(d[j]);
        sum += product == 0 ? 0 : dot(d[i], d[j]) / product;
      }
    }
    double c = sum / (n * (n - 1) / 2.0);
    return 1 + (n - 1) * c < 1e-6 ? 0 : n * c / (1 + (n - 1) * c);
  }

  static double[] modelStock(double[][] x, double[] base) {
    double[][] d = Arrays.stream(x).map(v -> add(v, scale(base, -1))).toArray(double[][]::new);
    double t = modelStockRatio(d);
    return add(scale(linear(x, ones(x.length), true), t), scale(base, 1 - t));
  }

  static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double[] unit(double[] x, double shortest) {
    return norm(x) > shortest ? scale(x, 1 / norm(x)) : x;
  }

  static double[] add(double[] a, double[] b) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  static double[] scale(double[] a, double s) {
    double[] scaled = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      scaled[i] = a[i] * s;
    }
    return scaled;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
