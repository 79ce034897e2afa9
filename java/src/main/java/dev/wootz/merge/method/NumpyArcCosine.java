package dev.wootz.merge.method;

/**
 * The float32 arc cosine of numpy on processors with AVX-512, which is up to 1.8 units in the last place away from the exact one and
 * differs from its rounding for a third of all arguments. mergekit's slerp shows these bits, since both weights are quotients of sines of
 * this angle.
 *
 * <p>For |x| of 0.5 and more, acos x = 2 asin s with s = sqrt((1 - |x|) / 2); s comes from the processor's approximate reciprocal square
 * root and one step of second order. Below, acos x = pi/2 - asin x. asin s = s + s^3 P(s^2) with a polynomial of degree 4. Agrees with
 * numpy 2.4 for all but about 25 of a million arguments.
 */
final class NumpyArcCosine {
  private static final float PI = (float) Math.PI;
  private static final float HALF_PI = (float) (Math.PI / 2);

  /** Of P, the constant first. */
  private static final float[] COEFFICIENTS = {0x1.5555fep-3f, 0x1.32f824p-4f, 0x1.753568p-5f, 0x1.8654d6p-6f, 0x1.5db80ep-5f};

  /**
   * VRSQRT14 of m, 1 <= m < 4, is a straight line over each 32nd of the binades [1, 2) and [2, 4): the mantissa's upper 15 bits choose a
   * line (5 bits) and a place d on it (10 bits), and the result is floor((128 line[0] - line[1] d) / 512) / 2^17.
   */
  private static final int[][] LINES = {
    {524265, 1001}, {516257, 955}, {508613, 915}, {501298, 877}, {494286, 841}, {487559, 807}, {481101, 775}, {474897, 747},
    {468922, 719}, {463169, 693}, {457623, 669}, {452276, 647}, {447106, 625}, {442106, 603}, {437279, 585}, {432603, 567},
    {428071, 549}, {423683, 533}, {419423, 517}, {415288, 501}, {411277, 487}, {407379, 473}, {403592, 461}, {399907, 449},
    {396319, 437}, {392827, 425}, {389430, 415}, {386110, 403}, {382879, 393}, {379734, 385}, {376655, 375}, {373658, 367},
    {370709, 707}, {365049, 675}, {359644, 647}, {354468, 619}, {349516, 595}, {344759, 571}, {340193, 549}, {335801, 527},
    {331581, 509}, {327515, 491}, {323589, 473}, {319805, 457}, {316149, 441}, {312618, 427}, {309201, 413}, {305899, 401},
    {302695, 389}, {299587, 377}, {296575, 365}, {293657, 355}, {290819, 345}, {288062, 335}, {285380, 325}, {282776, 317},
    {280242, 309}, {277773, 301}, {275367, 293}, {273022, 285}, {270741, 279}, {268509, 271}, {266336, 265}, {264214, 259},
  };

  private NumpyArcCosine() {}

  /** @param x within (-1, 1) */
  static float acos(float x) {
    float magnitude = Math.abs(x);
    if (!(magnitude >= 0.5f)) {
      return HALF_PI - asin(x, x * x);
    }
    float square = Math.fma(-0.5f, magnitude, 0.5f);
    float twice = asin(2 * sqrt(square), square);
    return x > 0 ? twice : PI - twice;
  }

  private static float asin(float s, float square) {
    float high = Math.fma(COEFFICIENTS[4], square, COEFFICIENTS[3]);
    float low = Math.fma(COEFFICIENTS[2], square, COEFFICIENTS[1]);
    float p = Math.fma(Math.fma(high, square * square, low), square, COEFFICIENTS[0]);
    return Math.fma(s, square * p, s);
  }

  private static float sqrt(float square) {
    float reciprocal = reciprocalSqrt(square);
    float root = square * reciprocal;
    float excess = Math.fma(-square, reciprocal * reciprocal, 1);
    return Math.fma(root, excess * Math.fma(excess, 0.375f, 0.5f), root);
  }

  /** VRSQRT14 of a positive normal number. */
  static float reciprocalSqrt(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits >> 23) - 127;
    int odd = exponent & 1;
    int scale = (exponent - odd) / 2;
    if ((bits & 0x7FFFFF) == 0 && odd == 0) {
      return Math.scalb(1f, -scale);
    }
    int[] line = LINES[odd << 5 | bits >> 18 & 31];
    return Math.scalb((float) (128 * line[0] - line[1] * (bits >> 8 & 1023) >> 9), -17 - scale);
  }
}
