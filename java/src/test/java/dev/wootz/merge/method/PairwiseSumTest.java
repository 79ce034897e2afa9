package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairwiseSumTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 64, 127, 128, 129, 136, 250, 1000, 1024, 4099, 33_333})
  void addsInTheOrderOfTheRecursionWhateverThePieces(int n) {
    float[] values = values(n);
    float expected = recursive(values, 0, n);
    for (int piece : new int[] {1, 5, 8, 100, 128, 1024, Math.max(1, n)}) {
      PairwiseSum sum = new PairwiseSum(n);
      for (int first = 0; first < n; first += piece) {
        sum.add(Arrays.copyOfRange(values, first, Math.min(n, first + piece)));
      }
      assertThat(sum.sum()).as("pieces of " + piece).isEqualTo(expected);
    }
  }

  /** numpy 2.4: {@code (1 / np.arange(1, 1001, dtype=np.float32)).sum()}. */
  @Test
  void agreesWithNumpy() {
    float[] values = new float[1000];
    float inOrder = 0;
    for (int k = 0; k < values.length; k++) {
      values[k] = 1f / (k + 1);
      inOrder += values[k];
    }
    PairwiseSum sum = new PairwiseSum(values.length);
    sum.add(values);
    assertThat(sum.sum()).isEqualTo(7.4854717f);
    assertThat(inOrder).isEqualTo(7.4854784f);
  }

  private static float[] values(int n) {
    Random random = new Random(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float recursive(float[] a, int first, int n) {
    if (n > 128) {
      int half = n / 2 - n / 2 % 8;
      return recursive(a, first, half) + recursive(a, first + half, n - half);
    }
    float[] lanes = new float[8];
    int whole = n < 8 ? 0 : n - n % 8;
    for (int i = 0; i < whole; i++) {
      lanes[i % 8] += a[first + i];
    }
    float sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    for (int i = whole; i < n; i++) {
      sum += a[first + i];
    }
    return sum;
  }
}
