package dev.wootz.merge.lora;

/**
 * A tall matrix in float64, [rows, count], stored column by column, so that the loops of an orthonormalisation run over contiguous memory.
 *
 * @param columns [count][rows]
 */
record Columns(double[][] columns) {

  static Columns zeros(int rows, int count) {
    return new Columns(new double[count][rows]);
  }

  static Columns identity(int size) {
    Columns identity = zeros(size, size);
    for (int i = 0; i < size; i++) {
      identity.columns[i][i] = 1;
    }
    return identity;
  }

  int rows() {
    return columns.length == 0 ? 0 : columns[0].length;
  }

  int count() {
    return columns.length;
  }

  /**
   * Replaces this matrix X by Q, X = Q R with orthonormal columns and an upper triangular R, [count][count] by rows, which it returns.
   * Gram and Schmidt's method, each column made orthogonal twice, which is as good as Householder's (Giraud, Langou and Rozloznik, 2005).
   * A column that depends on those before it becomes zero.
   */
  double[][] orthonormalise() {
    double[][] r = new double[count()][count()];
    for (int j = 0; j < count(); j++) {
      double[] x = columns[j];
      double before = Math.sqrt(dot(x, x));
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < j; i++) {
          double along = dot(columns[i], x);
          r[i][j] += along;
          subtract(x, along, columns[i]);
        }
      }
      double norm = Math.sqrt(dot(x, x));
      boolean dependent = norm <= before * 1e-13;
      r[j][j] = dependent ? 0 : norm;
      for (int row = 0; row < x.length; row++) {
        x[row] = dependent ? 0 : x[row] / norm;
      }
    }
    return r;
  }

  /** The first {@code take} columns of X m, m [count][any] by rows. */
  Columns times(double[][] m, int take) {
    Columns product = zeros(rows(), take);
    for (int j = 0; j < take; j++) {
      for (int i = 0; i < count(); i++) {
        subtract(product.columns[j], -m[i][j], columns[i]);
      }
    }
    return product;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** x -= factor y */
  private static void subtract(double[] x, double factor, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] -= factor * y[i];
    }
  }
}
