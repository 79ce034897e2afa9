package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SlerpTest {
  private static InMemoryMerge slerp(Checkpoints c, double t) {
    return InMemoryMerge.of(new Slerp())
        .shape(c.shape())
        .model("B", c.type(), c.x()[1], Map.of())
        .listedBase(c.type(), c.x()[0], Map.of())
        .global("t", t);
  }

  @ParameterizedTest
  @CsvSource({"TUNED, BF16", "TUNED, F32", "UNRELATED, F16", "UNRELATED, F32", "NEARLY_PARALLEL, F32", "WITH_A_ZERO, BF16"})
  void startsAtTheBaseWhereverItIsListed(Kind kind, DType type) {
    Checkpoints c = Checkpoints.of(kind, type, 2, 9, 77);
    for (Mode mode : Mode.values()) {
      assertThat(slerp(c, 0).mode(mode).run().values()).isEqualTo(c.x()[0]);
      assertThat(slerp(c, 1).mode(mode).run().values()).isEqualTo(c.x()[1]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void opposedTensorsAreWarnedAbout(Mode mode) {
    Checkpoints c = Checkpoints.of(Kind.UNRELATED, DType.F32, 1, 5, 40);
    float[] opposite = c.x()[0].clone();
    for (int i = 0; i < opposite.length; i++) {
      opposite[i] *= -2;
    }
    Checkpoints opposed = new Checkpoints(c.type(), c.shape(), c.base(), new float[][] {c.x()[0], opposite});
    InMemoryMerge.Result result = slerp(opposed, 0.25).mode(mode).run();
    assertThat(result.warnings()).singleElement().asString().contains("opposite", "-1.0");
    for (int i = 0; i < opposite.length; i++) {
      assertThat(result.values()[i]).isCloseTo(0.25f * c.x()[0][i], within(Math.ulp(c.x()[0][i])));
    }
  }

  @Test
  void relatedTensorsAreNot() {
    assertThat(slerp(Checkpoints.of(Kind.TUNED, DType.F32, 2, 9, 77), 0.5).run().warnings()).isEmpty();
  }
}
