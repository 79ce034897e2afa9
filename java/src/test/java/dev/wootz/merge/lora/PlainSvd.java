package dev.wootz.merge.lora;

import java.util.Arrays;
import java.util.Random;

/** Matrices [rows][cols] in float64, and their singular values by Jacobi rotations of the whole matrix. */
final class PlainSvd {
  private PlainSvd() {}

  static double[][] noise(int rows, int cols, long seed) {
    Random random = new Random(seed);
    double[][] d = new double[rows][cols];
    for (double[] row : d) {
      for (int c = 0; c < cols; c++) {
        row[c] = random.nextGaussian();
      }
    }
    return d;
  }

  /** U diag(s) V^T with random orthonormal U and V. */
  static double[][] withSingularValues(int rows, int cols, double[] s, long seed) {
    double[][] u = orthonormalRows(noise(s.length, rows, seed));
    double[][] v = orthonormalRows(noise(s.length, cols, seed + 1));
    double[][] d = new double[rows][cols];
    for (int j = 0; j < s.length; j++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          d[r][c] += u[j][r] * s[j] * v[j][c];
        }
      }
    }
    return d;
  }

  private static double[][] orthonormalRows(double[][] x) {
    for (int i = 0; i < x.length; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          double along = dot(x[i], x[j]);
          for (int k = 0; k < x[i].length; k++) {
            x[i][k] -= along * x[j][k];
          }
        }
      }
      double length = Math.sqrt(dot(x[i], x[i]));
      for (int k = 0; k < x[i].length; k++) {
        x[i][k] /= length;
      }
    }
    return x;
  }

  /** Descending, as many as the shorter side has elements. */
  static double[] singularValues(double[][] d) {
    double[][] x = d.length <= d[0].length ? copy(d) : transposed(d); // rows are what is rotated
    for (int sweep = 0; sweep < 30; sweep++) {
      for (int p = 0; p < x.length - 1; p++) {
        for (int q = p + 1; q < x.length; q++) {
          double angle = 0.5 * Math.atan2(2 * dot(x[p], x[q]), dot(x[p], x[p]) - dot(x[q], x[q]));
          for (int k = 0; k < x[p].length; k++) {
            double xp = x[p][k];
            x[p][k] = Math.cos(angle) * xp + Math.sin(angle) * x[q][k];
            x[q][k] = Math.cos(angle) * x[q][k] - Math.sin(angle) * xp;
          }
        }
      }
      if (sweep > 6 && orthogonal(x)) {
        break;
      }
    }
    double[] s = Arrays.stream(x).mapToDouble(row -> -Math.sqrt(dot(row, row))).sorted().toArray();
    return Arrays.stream(s).map(value -> -value).toArray();
  }

  private static boolean orthogonal(double[][] x) {
    for (int p = 0; p < x.length; p++) {
      for (int q = 0; q < p; q++) {
        if (Math.abs(dot(x[p], x[q])) > 1e-13 * Math.sqrt(dot(x[p], x[p]) * dot(x[q], x[q]))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Of the squares from index {@code rank} on: the squared error of the best approximation of that rank. */
  static double tail(double[] s, int rank) {
    double sum = 0;
    for (int j = s.length - 1; j >= rank; j--) {
      sum += s[j] * s[j];
    }
    return sum;
  }

  static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  static double[][] transposed(double[][] d) {
    double[][] t = new double[d[0].length][d.length];
    for (int r = 0; r < d.length; r++) {
      for (int c = 0; c < d[0].length; c++) {
        t[c][r] = d[r][c];
      }
    }
    return t;
  }

  private static double[][] copy(double[][] d) {
    return Arrays.stream(d).map(double[]::clone).toArray(double[][]::new);
  }
}
