package dev.wootz.merge.method;

/**
 * Inner products of k vectors: entry (i, j) is v_i . v_j. Norms, angles and lengths of linear combinations follow from it, so that
 * spherical means need their vectors only twice: once for this matrix, once for the sum.
 *
 * <p>The entries are sums of n products that are exact in float64, added in blocks: their error is below
 * (n/1024 + 40) 2^-53 sum |v_i v_j|, about 4e-11 of the norms' product for a billion elements in the worst case and 1e-14 in practice.
 *
 * @param entries holds the matrix from {@code offset} on, row by row
 */
record Gram(double[] entries, int offset, int models) {

  Gram(double[] entries, int models) {
    this(entries, 0, models);
  }

  double dot(int i, int j) {
    return entries[offset + i * models + j];
  }

  double norm(int i) {
    return Math.sqrt(dot(i, i));
  }

  /** v_i . v_j / (|v_i| |v_j|) within [-1, 1]; 0 where a vector is zero. */
  double cosine(int i, int j) {
    double product = norm(i) * norm(j);
    return product == 0 ? 0 : clamp(dot(i, j) / product);
  }

  /** sum_i a_i v_i . v_j */
  double dot(double[] a, int j) {
    double sum = 0;
    for (int i = 0; i < models; i++) {
      sum += a[i] * dot(i, j);
    }
    return sum;
  }

  /** |sum_i a_i v_i| */
  double norm(double[] a) {
    double sum = 0;
    for (int j = 0; j < models; j++) {
      sum += a[j] * dot(a, j);
    }
    // Rounding can leave a vanishing length slightly negative.
    return Math.sqrt(sum < 0 ? 0 : sum);
  }

  /** The same for the vectors divided by {@code lengths}. */
  Gram scaled(double[] lengths) {
    double[] scaled = new double[models * models];
    for (int i = 0; i < models; i++) {
      for (int j = 0; j < models; j++) {
        scaled[i * models + j] = dot(i, j) / (lengths[i] * lengths[j]);
      }
    }
    return new Gram(scaled, models);
  }

  /** NaN stays NaN. */
  static double clamp(double cosine) {
    return Math.max(-1, Math.min(1, cosine));
  }
}
