package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlerpWeightsTest {

  @ParameterizedTest
  @ValueSource(doubles = {-0.9, -0.5, 0, 0.3, 0.9, 0.9999})
  void anArcOfUnitVectorsKeepsTheirLengthAndDividesTheAngle(double cosine) {
    double theta = Math.acos(cosine);
    for (double t : new double[] {0, 0.25, 0.5, 1, 1.5, -0.5}) {
      SlerpWeights w = SlerpWeights.arc(cosine, t);
      double x = w.first() + w.second() * cosine;
      double y = w.second() * Math.sin(theta);
      assertThat(Math.hypot(x, y)).isCloseTo(1, within(1e-13));
      assertThat(x).isCloseTo(Math.cos(t * theta), within(1e-12));
    }
  }

  /** sin(s theta) / sin theta = s (1 + (1 - s^2) theta^2 / 6 + ...), theta^2 = 2 (1 - c) + ...: an error of c is an error of the weight. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 1e-6, 1e-9, 1e-12, 1e-14})
  void nearlyParallelVectorsLoseNoAccuracy(double distance) {
    double cosine = 1 - distance;
    double theta2 = 2 * (1 - cosine) * (1 + (1 - cosine) / 6);
    for (double t : new double[] {0.1, 0.4, 0.9}) {
      SlerpWeights w = SlerpWeights.arc(cosine, t);
      assertThat(w.second()).isCloseTo(t * (1 + (1 - t * t) * theta2 / 6), within(1e-15 + distance * distance));
      SlerpWeights moved = SlerpWeights.arc(cosine - 1e-15, t);
      assertThat(moved.second() - w.second()).isCloseTo(0, within(2e-15));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void aLineIsTheLimit(double t) {
    SlerpWeights arc = SlerpWeights.arc(1 - 1e-13, t);
    SlerpWeights line = SlerpWeights.linear(t);
    assertThat(arc.first()).isCloseTo(line.first(), within(1e-12));
    assertThat(arc.second()).isCloseTo(line.second(), within(1e-12));
  }
}
