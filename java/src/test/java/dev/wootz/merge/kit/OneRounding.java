package dev.wootz.merge.kit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.tensor.DType;

/** The default mode's promise: an output is the float64 result rounded once, but for the error of the inner arithmetic. */
public final class OneRounding {
  private OneRounding() {}

  /**
   * @param scale [n], what the terms of each element's sum add up to in magnitude: the inner arithmetic's error is a few parts in 2^24
   *     (16-bit outputs) or 2^53 of it
   */
  public static void check(DType type, double[] expected, double[] scale, float[] actual) {
    assertThat(actual).hasSameSizeAs(expected);
    double unit = type == DType.F32 ? 0x1p-53 : 0x1p-24;
    for (int i = 0; i < expected.length; i++) {
      double slack = 16 * unit * scale[i];
      float lowest = Elements.round(type, expected[i] - slack);
      float highest = Elements.round(type, expected[i] + slack);
      assertThat(actual[i]).as("element %d, exactly %s", i, expected[i]).isBetween(lowest, highest);
    }
  }
}
