package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** {@link NumpyArcCosine} and {@link NumpySine} against values of numpy 2.4 on a processor with AVX-512. */
class NumpyTrigonometryTest {
  private static final float[][] ARC_COSINES = {
    {-0x1.ff7ceep-1f, 0x1.8c662cp+1f}, {-0x1.ccccccp-1f, 0x1.586476p+1f}, {-0x1.333334p-1f, 0x1.1b6e1ap+1f},
    {-0x1.000000p-1f, 0x1.0c1524p+1f}, {-0x1.333334p-2f, 0x1.e0200cp+0f}, {-0x1.0624dep-10f, 0x1.926140p+0f},
    {0f, 0x1.921fb6p+0f}, {0x1.000000p-2f, 0x1.517010p+0f}, {0x1.000000p-1f, 0x1.0c1524p+0f},
    {0x1.666666p-1f, 0x1.973e84p-1f}, {0x1.ccccccp-1f, 0x1.cdd9fcp-2f}, {0x1.f0a3d8p-1f, 0x1.f6eb00p-3f},
    {0x1.fae148p-1f, 0x1.21df6ap-3f}, {0x1.fd70a4p-1f, 0x1.99c54ap-4f}, {0x1.ff7ceep-1f, 0x1.6e62b4p-5f},
    {0x1.ffbd28p-1f, 0x1.05a306p-5f},
  };

  private static final float[][] SINES = {
    {0x1.0624dep-10f, 0x1.0624dcp-10f}, {0x1.02de00p-5f, 0x1.02d2f8p-5f}, {0x1.99999ap-4f, 0x1.98eaeep-4f},
    {0x1.000000p-2f, 0x1.faaeeep-3f}, {0x1.000000p-1f, 0x1.eaee88p-2f}, {0x1.9212d8p-1f, 0x1.6a00cep-1f},
    {0x1.99999ap-1f, 0x1.6f494cp-1f}, {0x1.333334p+0f, 0x1.dd343ap-1f}, {0x1.921fb6p+0f, 1f},
    {0x1.99999ap+0f, 0x1.ffc81cp-1f}, {0x1.000000p+1f, 0x1.d18f6ep-1f}, {0x1.400000p+1f, 0x1.326af2p-1f},
    {0x1.800000p+1f, 0x1.210386p-3f}, {0x1.921fb6p+1f, -0x1.777a5cp-24f}, {0x1.200000p+2f, -0x1.f47ed4p-1f},
    {-0x1.666666p-1f, -0x1.49d6e6p-1f},
  };

  @Test
  void agreesWithNumpy() {
    for (float[] pair : ARC_COSINES) {
      assertThat(NumpyArcCosine.acos(pair[0])).as("acos %s", pair[0]).isEqualTo(pair[1]);
    }
    for (float[] pair : SINES) {
      assertThat(NumpySine.sin(pair[0])).as("sin %s", pair[0]).isEqualTo(pair[1]);
    }
  }

  @Test
  void staysWithinTwoUnitsInTheLastPlace() {
    for (float x = -0.9995f; x < 0.9995f; x += 0.00037f) {
      double angle = Math.acos(x);
      assertThat((double) NumpyArcCosine.acos(x)).as("acos %s", x).isCloseTo(angle, within(2.0 * Math.ulp((float) angle)));
      double sine = Math.sin(3 * x);
      assertThat((double) NumpySine.sin(3 * x)).as("sin %s", 3 * x).isCloseTo(sine, within(2.0 * Math.ulp((float) sine)));
    }
  }

  @Test
  void theReciprocalSquareRootHasFourteenBits() {
    for (float x = 1e-6f; x < 1e3f; x *= 1.0007f) {
      assertThat(NumpyArcCosine.reciprocalSqrt(x) * Math.sqrt(x)).as("%s", x).isCloseTo(1, within(0x1p-14));
    }
    assertThat(NumpyArcCosine.reciprocalSqrt(0.25f)).isEqualTo(2);
    assertThat(NumpyArcCosine.reciprocalSqrt(1)).isEqualTo(1);
  }
}
