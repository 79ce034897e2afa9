package dev.wootz.merge.lora;

/**
 * The best approximation of D, seen wide [short, long], in the space of an orthonormal basis Q [short, l] (Rayleigh-Ritz): with Z = D^T Q
 * and Z^T Z = V S^2 V^T it is (Q V) S (Z V S^-1)^T. Owns Q and Z.
 */
final class RitzPairs implements AutoCloseable {
  private final Columns q;
  private final Columns z;
  private final SymmetricEigen eigen;

  private RitzPairs(Columns q, Columns z, SymmetricEigen eigen) {
    this.q = q;
    this.z = z;
    this.eigen = eigen;
  }

  /** Takes {@code q} over, and closes it when this fails. */
  static RitzPairs of(Difference d, Columns q) {
    Columns z = null;
    try {
      z = d.transposedTimes(q);
      return new RitzPairs(q, z, SymmetricEigen.of(z.gram()));
    } catch (RuntimeException | Error e) {
      q.close();
      if (z != null) {
        z.close();
      }
      throw e;
    }
  }

  /** Descending; those below rounding are missing. */
  double[] singularValues() {
    double[] sigma = eigen.values().clone();
    for (int j = 0; j < sigma.length; j++) {
      sigma[j] = Math.sqrt(sigma[j]);
    }
    return sigma;
  }

  /** |D_r|^2 of the approximation of this rank: the sum of its squared singular values. */
  double energy(int rank) {
    double energy = 0;
    for (int j = Math.min(rank, eigen.values().length) - 1; j >= 0; j--) {
      energy += eigen.values()[j];
    }
    return energy;
  }

  /** Z V S^-1 [long, l], of length 1. */
  Columns rightVectors() {
    return z.times(rotation(eigen.values().length, -0.5));
  }

  /**
   * The approximation of this rank as a product of two, each with the square root of the singular values.
   *
   * @param tall whether D was seen as its transpose
   */
  LowRankFactors factors(int rank, boolean tall) {
    Columns left = q.times(rotation(rank, 0.25));
    try {
      Columns right = z.times(rotation(rank, -0.25));
      return tall ? LowRankFactors.of(right, left) : LowRankFactors.of(left, right);
    } catch (RuntimeException | Error e) {
      left.close();
      throw e;
    }
  }

  /** V times a power of the eigenvalues, [l][k]. */
  private double[][] rotation(int k, double power) {
    double[][] rotation = new double[q.count()][k];
    for (int j = 0; j < k; j++) {
      double scale = Math.pow(eigen.values()[j], power);
      for (int i = 0; i < rotation.length; i++) {
        rotation[i][j] = eigen.vectors()[j][i] * scale;
      }
    }
    return rotation;
  }

  @Override
  public void close() {
    q.close();
    z.close();
  }
}
