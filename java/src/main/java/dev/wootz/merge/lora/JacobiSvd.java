package dev.wootz.merge.lora;

import java.util.Arrays;
import java.util.Comparator;

/**
 * The singular value decomposition R = U diag(s) Vᵀ of a small square matrix in float64 by one-sided Jacobi rotations (Hestenes 1958; Golub
 * and Van Loan, Matrix Computations, 8.6): pairs of columns are rotated until all are orthogonal. Small singular values come out to high
 * relative accuracy, which an eigenvalue decomposition of RᵀR would lose.
 *
 * @param u [n][n] by rows; columns of zero singular values are zero
 * @param s descending
 * @param v [n][n] by rows
 */
record JacobiSvd(double[][] u, double[] s, double[][] v) {
  private static final int MOST_SWEEPS = 60;
  private static final double ORTHOGONAL = 1e-15;

  /** @param r [n][n] by rows */
  static JacobiSvd of(double[][] r) {
    int n = r.length;
    double[][] x = transposed(r); // columns of R, which become U diag(s)
    double[][] v = Columns.identity(n).columns();
    for (int sweep = 0; sweep < MOST_SWEEPS && rotateAll(x, v); sweep++) {}
    double[] norms = new double[n];
    Integer[] order = new Integer[n];
    for (int i = 0; i < n; i++) {
      norms[i] = Math.sqrt(Columns.dot(x[i], x[i]));
      order[i] = i;
    }
    Arrays.sort(order, Comparator.comparingDouble(i -> -norms[i]));
    double[][] left = new double[n][n];
    double[][] right = new double[n][n];
    double[] s = new double[n];
    for (int j = 0; j < n; j++) {
      int from = order[j];
      s[j] = norms[from];
      for (int row = 0; row < n; row++) {
        left[row][j] = s[j] == 0 ? 0 : x[from][row] / s[j];
        right[row][j] = v[from][row];
      }
    }
    return new JacobiSvd(left, s, right);
  }

  /** One sweep over all pairs; whether any was rotated. */
  private static boolean rotateAll(double[][] x, double[][] v) {
    boolean rotated = false;
    for (int p = 0; p < x.length - 1; p++) {
      for (int q = p + 1; q < x.length; q++) {
        double pp = Columns.dot(x[p], x[p]);
        double qq = Columns.dot(x[q], x[q]);
        double pq = Columns.dot(x[p], x[q]);
        if (Math.abs(pq) > ORTHOGONAL * Math.sqrt(pp * qq)) {
          double zeta = (qq - pp) / (2 * pq);
          double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
          double cosine = 1 / Math.hypot(1, t);
          rotate(x[p], x[q], cosine, cosine * t);
          rotate(v[p], v[q], cosine, cosine * t);
          rotated = true;
        }
      }
    }
    return rotated;
  }

  private static void rotate(double[] p, double[] q, double cosine, double sine) {
    for (int i = 0; i < p.length; i++) {
      double a = p[i];
      p[i] = cosine * a - sine * q[i];
      q[i] = sine * a + cosine * q[i];
    }
  }

  private static double[][] transposed(double[][] m) {
    double[][] t = new double[m.length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m.length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }
}
