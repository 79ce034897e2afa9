package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelStockTest {

  @Test
  void deltasOfOneDirectionAreAveraged() {
    double[][] d = {{1, 2, -2}, {2, 4, -4}, {0.5, 1, -1}};
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(d))).isCloseTo(1, within(1e-15));
  }

  /** The paper's t = k cos / (1 + (k - 1) cos). */
  @Test
  void perpendicularDeltasStayAtTheBase() {
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(new double[][] {{1, 0}, {0, 3}}))).isZero();
    double[][] d = {{1, 0}, {1, 1}};
    double c = Math.sqrt(0.5);
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(d))).isCloseTo(2 * c / (1 + c), within(1e-15));
  }

  @Test
  void deltasThatCancelStayAtTheBase() {
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(new double[][] {{1, 2}, {-1, -2}}))).isZero();
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(new double[][] {{0, 0}, {0, 0}}))).isZero();
  }

  /** mergekit's fixed bound on the product of norms makes small deltas look perpendicular. */
  @Test
  void smallDeltasKeepTheirAngle() {
    double[][] d = {{1e-9, 0}, {1e-9, 1e-9}};
    double c = Math.sqrt(0.5);
    assertThat(ModelStock.ratio(KarcherMeanTest.gram(d))).isCloseTo(2 * c / (1 + c), within(1e-14));
  }

  @Test
  void aListedBaseIsNotAModel() {
    Checkpoints c = Checkpoints.of(Kind.TUNED, DType.F32, 3, 10, 50);
    float[] unlisted = c.into(InMemoryMerge.of(new ModelStock())).base(DType.F32, c.base()).run().values();
    float[] listed = c.into(InMemoryMerge.of(new ModelStock())).listedBase(DType.F32, c.base(), Map.of()).run().values();
    assertThat(listed).isEqualTo(unlisted);
  }
}
