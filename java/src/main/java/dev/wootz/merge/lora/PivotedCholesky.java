package dev.wootz.merge.lora;

import java.util.Arrays;

/**
 * G = C C^T of a symmetric positive semidefinite matrix, pivot by pivot the largest that is left on the diagonal (Higham, Accuracy and
 * Stability of Numerical Algorithms, 10.3). It ends where what is left is rounding, so C has as many columns as G has numerical rank.
 *
 * @param columns [rank][n], the columns of C; column j is 0 at the pivots before j
 * @param pivots [rank], the rows of G in the order in which they were taken
 */
record PivotedCholesky(double[][] columns, int[] pivots) {
  /** What is left of a diagonal element that has been a pivot. */
  private static final double TAKEN = Double.NEGATIVE_INFINITY;

  /** @param tolerance ends at pivots of at most this many times the first */
  static PivotedCholesky of(double[][] g, double tolerance) {
    int n = g.length;
    double[] rest = new double[n];
    for (int i = 0; i < n; i++) {
      rest[i] = g[i][i];
    }
    double[][] columns = new double[n][];
    int[] pivots = new int[n];
    double smallest = 0;
    int rank = 0;
    for (; rank < n; rank++) {
      int pivot = largest(rest);
      if (rank == 0) {
        smallest = tolerance * rest[pivot];
      }
      if (!(rest[pivot] > smallest)) {
        break;
      }
      double[] column = g[pivot].clone();
      for (int j = 0; j < rank; j++) {
        subtract(column, columns[j][pivot], columns[j]);
      }
      double root = Math.sqrt(rest[pivot]);
      for (int i = 0; i < n; i++) {
        column[i] = rest[i] == TAKEN ? 0 : column[i] / root;
        rest[i] -= column[i] * column[i];
      }
      column[pivot] = root;
      rest[pivot] = TAKEN;
      columns[rank] = column;
      pivots[rank] = pivot;
    }
    return new PivotedCholesky(Arrays.copyOf(columns, rank), Arrays.copyOf(pivots, rank));
  }

  int rank() {
    return pivots.length;
  }

  /**
   * W [n][rank] with W^T G W = I: zero in the rows that are no pivots, the inverse of the triangle's transpose in the others. The columns
   * of Y W are then orthonormal for G = Y^T Y.
   */
  double[][] whitening() {
    int rank = rank();
    double[][] w = new double[columns.length == 0 ? 0 : columns[0].length][rank];
    for (int j = 0; j < rank; j++) {
      // Column j of the triangle's inverse by forward substitution is row j of its transpose.
      double[] row = w[pivots[j]];
      for (int i = j; i < rank; i++) {
        double sum = i == j ? 1 : 0;
        for (int k = j; k < i; k++) {
          sum -= columns[k][pivots[i]] * row[k];
        }
        row[i] = sum / columns[i][pivots[i]];
      }
    }
    return w;
  }

  private static int largest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  /** y -= factor x */
  private static void subtract(double[] y, double factor, double[] x) {
    for (int i = 0; i < y.length; i++) {
      y[i] -= factor * x[i];
    }
  }
}
