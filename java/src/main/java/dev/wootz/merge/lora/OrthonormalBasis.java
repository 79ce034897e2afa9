package dev.wootz.merge.lora;

/**
 * An orthonormal basis of the space that some columns span, by Cholesky decompositions of their Gram matrices (Yamamoto et al., Roundoff
 * error analysis of the CholeskyQR2 algorithm, 2015). One is enough for columns that are nearly orthogonal; others take a second or third.
 * Columns that depend on the others up to float32's rounding are left out.
 */
final class OrthonormalBasis {
  /** Squared sine between a column of length 1 and the others, below which it is what rounding to float32 leaves. */
  private static final double DEPENDENT = 1e-13;

  /** Largest element of Q^T Q - I: a few roundings to float32. */
  private static final double ORTHONORMAL = 1e-6;

  private static final int MAX_PASSES = 5;

  private OrthonormalBasis() {}

  /** The caller still owns {@code columns}, and owns the result. */
  static Columns of(Columns columns) {
    Columns basis = pass(columns, columns.gram());
    for (int pass = 1; pass < MAX_PASSES; pass++) {
      double[][] gram = basis.gram();
      if (distanceFromIdentity(gram) <= ORTHONORMAL) {
        break;
      }
      try (Columns rough = basis) {
        basis = pass(rough, gram);
      }
    }
    return basis;
  }

  /** The columns are taken at length 1: how long one is says nothing about its direction. */
  private static Columns pass(Columns columns, double[][] gram) {
    int n = gram.length;
    double[] inverse = new double[n];
    for (int i = 0; i < n; i++) {
      inverse[i] = gram[i][i] > 0 ? 1 / Math.sqrt(gram[i][i]) : 0;
    }
    double[][] unit = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        unit[i][j] = gram[i][j] * inverse[i] * inverse[j];
      }
    }
    double[][] w = PivotedCholesky.of(unit, DEPENDENT).whitening();
    for (int i = 0; i < w.length; i++) {
      for (int j = 0; j < w[i].length; j++) {
        w[i][j] *= inverse[i];
      }
    }
    return columns.times(w);
  }

  private static double distanceFromIdentity(double[][] gram) {
    double distance = 0;
    for (int i = 0; i < gram.length; i++) {
      for (int j = 0; j < gram.length; j++) {
        distance = Math.max(distance, Math.abs(gram[i][j] - (i == j ? 1 : 0)));
      }
    }
    return distance;
  }
}
