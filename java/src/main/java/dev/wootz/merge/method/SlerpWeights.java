package dev.wootz.merge.method;

/**
 * Spherical linear interpolation (Shoemake 1985) of two vectors at an angle theta is first x_0 + second x_1 with
 *
 * <pre>
 * first = sin((1 - t) theta) / sin theta,  second = sin(t theta) / sin theta
 * </pre>
 *
 * <p>As functions of c = cos theta both are smooth around c = 1 (their slope is at most |t (1 - t^2)| / 3 there), so an error of 1e-14 in
 * the cosine of nearly parallel vectors is an error of the same size in the weights, although theta itself loses half its digits.
 * Towards c = -1 the weights grow without bound, and so does the effect of an error: by 1 / sin^2 theta.
 */
record SlerpWeights(double first, double second) {

  static SlerpWeights linear(double t) {
    return new SlerpWeights(1 - t, t);
  }

  static SlerpWeights arc(double cosine, double t) {
    double theta = Math.acos(cosine);
    double sine = Math.sqrt((1 - cosine) * (1 + cosine));
    return new SlerpWeights(Math.sin((1 - t) * theta) / sine, Math.sin(t * theta) / sine);
  }

  double[] toArray() {
    return new double[] {first, second};
  }
}
