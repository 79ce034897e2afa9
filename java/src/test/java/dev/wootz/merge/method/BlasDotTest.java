package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BlasDotTest {

  /** numpy 2.4 with OpenBLAS's Haswell kernel: {@code y = 1 / np.arange(1, n + 1, dtype=np.float32); y.dot(y)}. */
  @Test
  void agreesWithNumpy() {
    assertThat(sum(reciprocals(1000), 1000)).isEqualTo(1.6439344f);
    assertThat(sum(reciprocals(37), 37)).isEqualTo(1.618269f);
  }

  @Test
  void doesNotDependOnThePieces() {
    float[] values = reciprocals(5000);
    for (int piece : new int[] {32, 64, 1024, 4096}) {
      assertThat(sum(values, piece)).isEqualTo(sum(values, values.length));
    }
  }

  @Test
  void ofNothingIsZero() {
    assertThat(new BlasDot().sum()).isZero();
  }

  private static float sum(float[] values, int piece) {
    BlasDot dot = new BlasDot();
    for (int first = 0; first < values.length; first += piece) {
      dot.add(Arrays.copyOfRange(values, first, Math.min(values.length, first + piece)));
    }
    return dot.sum();
  }

  private static float[] reciprocals(int n) {
    float[] values = new float[n];
    for (int k = 0; k < n; k++) {
      values[k] = 1f / (k + 1);
    }
    return values;
  }
}
