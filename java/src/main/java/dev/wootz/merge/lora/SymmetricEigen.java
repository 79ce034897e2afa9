package dev.wootz.merge.lora;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Eigenvalues and eigenvectors of a symmetric positive semidefinite matrix, small ones as accurate as large ones: G = C C^T by a pivoted
 * Cholesky decomposition, then the columns of C are turned against each other until all are orthogonal (one-sided Jacobi; Hestenes 1958,
 * Veselic and Hari 1989). Their squared lengths are the eigenvalues, their directions the eigenvectors.
 *
 * @param values [rank], descending
 * @param vectors [rank][n], of length 1; eigenvalues below rounding have none
 */
record SymmetricEigen(double[] values, double[][] vectors) {
  /** Of the largest eigenvalue: what float64 resolves. */
  private static final double ROUNDING = 1e-15;

  /** Cosine of an angle that counts as right. */
  private static final double ORTHOGONAL = 1e-14;

  /** Each sweep squares the error once it is small; matrices of this size need 4 to 8. */
  private static final int MAX_SWEEPS = 40;

  static SymmetricEigen of(double[][] g) {
    double[][] columns = PivotedCholesky.of(g, ROUNDING).columns();
    double[] squares = new double[columns.length];
    boolean turned = true;
    for (int sweep = 0; turned && sweep < MAX_SWEEPS; sweep++) {
      for (int j = 0; j < columns.length; j++) {
        squares[j] = dot(columns[j], columns[j]);
      }
      turned = sweep(columns, squares);
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, columns.length).boxed().toList());
    order.sort(Comparator.comparingDouble(j -> -squares[j]));
    double[] values = new double[columns.length];
    double[][] vectors = new double[columns.length][];
    for (int j = 0; j < values.length; j++) {
      values[j] = squares[order.get(j)];
      vectors[j] = scaled(columns[order.get(j)], 1 / Math.sqrt(values[j]));
    }
    return new SymmetricEigen(values, vectors);
  }

  /** Turns every pair of columns once; false when all were orthogonal. */
  private static boolean sweep(double[][] columns, double[] squares) {
    boolean turned = false;
    for (int p = 0; p < columns.length - 1; p++) {
      for (int q = p + 1; q < columns.length; q++) {
        double product = dot(columns[p], columns[q]);
        if (Math.abs(product) > ORTHOGONAL * Math.sqrt(squares[p] * squares[q])) {
          double zeta = (squares[q] - squares[p]) / (2 * product);
          double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
          turn(columns[p], columns[q], tangent);
          squares[p] -= tangent * product;
          squares[q] += tangent * product;
          turned = true;
        }
      }
    }
    return turned;
  }

  private static void turn(double[] x, double[] y, double tangent) {
    double cosine = 1 / Math.sqrt(1 + tangent * tangent);
    double sine = cosine * tangent;
    for (int i = 0; i < x.length; i++) {
      double xi = x[i];
      x[i] = cosine * xi - sine * y[i];
      y[i] = sine * xi + cosine * y[i];
    }
  }

  /** Four sums, for the additions to overlap. */
  private static double dot(double[] x, double[] y) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < x.length; i += 4) {
      a += x[i] * y[i];
      b += x[i + 1] * y[i + 1];
      c += x[i + 2] * y[i + 2];
      d += x[i + 3] * y[i + 3];
    }
    for (; i < x.length; i++) {
      a += x[i] * y[i];
    }
    return (a + b) + (c + d);
  }

  private static double[] scaled(double[] x, double factor) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] *= factor;
    }
    return y;
  }
}
