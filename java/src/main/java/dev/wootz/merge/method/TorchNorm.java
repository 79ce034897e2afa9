package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;

/**
 * The length of a vector as {@code torch.norm} finds it on the CPU, whatever the instruction set: squares are added in float32, in 8 lanes
 * over the whole vector; for float16 in one lane, by one thread. Beyond a million elements this loses digits, and at the size of an
 * embedding matrix half a percent, which a more careful sum would not repeat. Takes the vector in order, in pieces whose lengths are
 * multiples of 8 but for the last.
 */
final class TorchNorm {
  private final float[] lanes;
  private float rest;
  private boolean reduced;

  TorchNorm(Arithmetic arithmetic) {
    lanes = new float[arithmetic == Arithmetic.F16 ? 1 : 8];
  }

  void add(float[] x) {
    int whole = x.length - x.length % lanes.length;
    if (lanes.length == 1) {
      addSequentially(x);
      return;
    }
    float[] sums = lanes.clone();
    for (int i = 0; i < whole; i += 8) {
      for (int lane = 0; lane < 8; lane++) {
        sums[lane] += x[i + lane] * x[i + lane];
      }
    }
    System.arraycopy(sums, 0, lanes, 0, 8);
    if (whole < x.length) {
      rest = reduce();
      reduced = true;
      for (int i = whole; i < x.length; i++) {
        rest += x[i] * x[i];
      }
    }
  }

  private void addSequentially(float[] x) {
    float sum = lanes[0];
    for (float value : x) {
      sum += value * value;
    }
    lanes[0] = sum;
  }

  private float reduce() {
    float sum = lanes[0];
    for (int lane = 1; lane < lanes.length; lane++) {
      sum += lanes[lane];
    }
    return sum;
  }

  /** In float32, not yet rounded to the vector's type. */
  float norm() {
    return (float) Math.sqrt(reduced ? rest : reduce());
  }
}
