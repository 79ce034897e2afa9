package dev.wootz.merge.kit;

import dev.wootz.tensor.DType;
import java.util.Map;

/**
 * One tensor of a merge as it should be and as it is.
 *
 * @param inputs by model as the recipe names it
 */
public record Comparison(
    String tensor, DType expectedType, DType actualType, long[] shape, Map<String, float[]> inputs, float[] expected, float[] actual) {

  /** Whether an element has the expected bits; all NaN are one. */
  public boolean same(int element) {
    return Float.floatToIntBits(expected[element]) == Float.floatToIntBits(actual[element]);
  }

  public int differences() {
    int differences = 0;
    for (int i = 0; i < expected.length; i++) {
      differences += same(i) ? 0 : 1;
    }
    return differences;
  }

  public double largestDifference() {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, same(i) ? 0 : Math.abs((double) expected[i] - actual[i]));
    }
    return largest;
  }

  String describe(int element) {
    return tensor + "[" + element + "]: expected " + expected[element] + ", found " + actual[element];
  }
}
