package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.kernel.Arithmetic;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TorchNormTest {

  /** torch 2.13: {@code torch.norm(1 / torch.arange(1, n + 1))}, which for 100,000 elements misses the exact 1.2825459. */
  @Test
  void agreesWithTorch() {
    float[] values = new float[100_000];
    for (int k = 0; k < values.length; k++) {
      values[k] = 1f / (k + 1);
    }
    assertThat(norm(Arithmetic.F32, values, 5)).isEqualTo(1.209797978401184f);
    assertThat(norm(Arithmetic.F32, values, 1000)).isEqualTo(1.2821600437164307f);
    assertThat(norm(Arithmetic.F32, values, 1003)).isEqualTo(1.2821611166000366f);
    assertThat(norm(Arithmetic.F32, values, 100_000)).isEqualTo(1.2825216054916382f);
    assertThat(norm(Arithmetic.BF16, values, 1003)).isEqualTo(1.2821611166000366f);
  }

  /** {@code torch.norm(torch.full((n,), 0.1).half())} on one thread: 31.625 and 171.5 after rounding, exactly 31.62 and 173.2. */
  @Test
  void addsFloat16InOneLane() {
    float[] values = new float[3_000_000];
    Arrays.fill(values, 0.0999755859375f);
    assertThat(norm(Arithmetic.F16, values, 100_000)).isBetween(31.6171875f, 31.6328125f);
    assertThat(norm(Arithmetic.F16, values, 3_000_000)).isBetween(171.4375f, 171.5625f);
  }

  @Test
  void ofNothingIsZero() {
    assertThat(norm(Arithmetic.F32, new float[0], 0)).isZero();
  }

  /** In pieces of 1024, which must not matter. */
  private static float norm(Arithmetic arithmetic, float[] values, int n) {
    TorchNorm whole = new TorchNorm(arithmetic);
    whole.add(Arrays.copyOf(values, n));
    TorchNorm pieces = new TorchNorm(arithmetic);
    for (int first = 0; first < n; first += 1024) {
      pieces.add(Arrays.copyOfRange(values, first, Math.min(n, first + 1024)));
    }
    assertThat(pieces.norm()).isEqualTo(whole.norm());
    return whole.norm();
  }
}
