package dev.wootz.merge.method;

/**
 * The sum of squares of a float32 vector as OpenBLAS's sdot adds it on processors with AVX2 (its Haswell and Zen kernels), which is what
 * {@code numpy.linalg.norm} of a float32 array is made of: 32 lanes with fused multiply-add over the whole vector, reduced in the order of
 * the kernel's shuffles; what remains of a last incomplete group is added in float64. Takes the vector in order, in pieces whose lengths
 * are multiples of 32 but for the last.
 */
final class BlasDot {
  private static final int LANES = 32;

  private final float[] lanes = new float[LANES];
  private double rest;

  void add(float[] x) {
    int whole = x.length - x.length % LANES;
    for (int i = 0; i < whole; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = Math.fma(x[i + lane], x[i + lane], lanes[lane]);
      }
    }
    for (int i = whole; i < x.length; i++) {
      rest += x[i] * x[i];
    }
  }

  float sum() {
    float[] quarter = new float[4];
    for (int i = 0; i < 4; i++) {
      // Registers of 8 lanes are halved first, then added in pairs.
      quarter[i] = (halves(i) + halves(8 + i)) + (halves(16 + i) + halves(24 + i));
    }
    float sum = (quarter[0] + quarter[1]) + (quarter[2] + quarter[3]);
    return (float) (rest + sum);
  }

  private float halves(int lane) {
    return lanes[lane] + lanes[lane + 4];
  }
}
