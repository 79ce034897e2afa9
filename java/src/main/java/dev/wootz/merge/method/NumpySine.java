package dev.wootz.merge.method;

/**
 * The float32 sine of numpy, which for one argument in ten differs from the rounded exact one: reduced by multiples of pi/2 in three parts
 * (Cody and Waite 1980), then a polynomial for the sine or the cosine of what is left. Agrees with numpy 2.4 in every bit for arguments of
 * a few turns.
 */
final class NumpySine {
  /** pi/2 in parts whose products with small integers are exact. */
  private static final float[] HALF_PI = {0x1.921fb0p+0f, 0x1.5110b4p-22f, 0x1.846988p-48f};

  /** Of r^3, r^5, ... in sin r. */
  private static final float[] SINE = {-0x1.555556p-3f, 0x1.11119ap-7f, -0x1.a06bbap-13f, 0x1.7d3bbcp-19f};

  /** Of 1, r^2, ... in cos r. */
  private static final float[] COSINE = {1, -0.5f, 0x1.55553cp-5f, -0x1.6c06dcp-10f, 0x1.98e616p-16f};

  private NumpySine() {}

  static float sin(float x) {
    float quadrant = (float) Math.rint(x * (float) (2 / Math.PI));
    float r = x;
    for (float part : HALF_PI) {
      r = Math.fma(-quadrant, part, r);
    }
    float square = r * r;
    int turns = (int) quadrant;
    float value = (turns & 1) == 0 ? Math.fma(polynomial(SINE, square) * square, r, r) : polynomial(COSINE, square);
    return (turns & 2) == 0 ? value : -value;
  }

  private static float polynomial(float[] coefficients, float x) {
    float sum = coefficients[coefficients.length - 1];
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = Math.fma(sum, x, coefficients[i]);
    }
    return sum;
  }
}
