package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NuSlerpTest {
  private static final Checkpoints MODELS = Checkpoints.of(Kind.TUNED, DType.F32, 2, 12, 70);

  private static InMemoryMerge nuslerp(Checkpoints c) {
    return c.into(InMemoryMerge.of(new NuSlerp()), 0.6, 0.3);
  }

  @Test
  void theKeyThatMeansColumnsWhereItSaysRowsIsRefused() {
    assertThatThrownBy(nuslerp(MODELS).global("nuslerp_flatten", false).global("nuslerp_row_wise", true)::run)
        .isInstanceOf(MergeException.class)
        .hasMessageContainingAll("nuslerp_row_wise", "nuslerp_axis", "compat: mergekit");
  }

  @Test
  void inMergekitsModeItMeansColumns() {
    float[] columns = nuslerp(MODELS).mode(Mode.MERGEKIT).global("nuslerp_flatten", false).global("nuslerp_row_wise", true).run().values();
    assertThat(nuslerp(MODELS).mode(Mode.MERGEKIT).global("nuslerp_axis", "column").run().values()).isEqualTo(columns);
    assertThat(nuslerp(MODELS).mode(Mode.MERGEKIT).global("nuslerp_axis", "row").run().values()).isNotEqualTo(columns);
  }

  @Test
  void notFlattenedMeansRows() {
    assertThat(nuslerp(MODELS).global("nuslerp_flatten", false).run().values())
        .isEqualTo(nuslerp(MODELS).global("nuslerp_axis", "row").run().values());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tensor", "row", "column"})
  void aVectorIsOneRowAndOneColumn(String axis) {
    Checkpoints c = Checkpoints.of(Kind.TUNED, DType.F32, 2, 333);
    assertThat(nuslerp(c).global("nuslerp_axis", axis).run().values()).isEqualTo(nuslerp(c).run().values());
  }

  @Test
  void columnsAreThoseOfAMatrix() {
    Checkpoints c = Checkpoints.of(Kind.TUNED, DType.F32, 2, 4, 5, 6);
    assertThatThrownBy(nuslerp(c).name("conv.weight").global("nuslerp_axis", "column")::run)
        .isInstanceOf(MergeException.class)
        .hasMessageContainingAll("conv.weight", "[4, 5, 6]");
  }

  @ParameterizedTest
  @EnumSource
  void equalModelsStayAsTheyAre(Mode mode) {
    float[] x = MODELS.x()[0];
    Checkpoints same = new Checkpoints(DType.F32, MODELS.shape(), MODELS.base(), new float[][] {x, x});
    float[] merged = nuslerp(same).mode(mode).run().values();
    for (int i = 0; i < x.length; i++) {
      assertThat(Math.abs(merged[i] - x[i])).isLessThanOrEqualTo(mode == Mode.WOOTZ ? 0 : 2 * Math.ulp(x[i]));
    }
  }

  /** Opposite vectors have no arc: the line between them is taken instead of a quotient of vanishing sines. */
  @Test
  void oppositeModelsAreJoinedByALine() {
    float[] x = MODELS.x()[0];
    float[] opposite = x.clone();
    for (int i = 0; i < x.length; i++) {
      opposite[i] = -x[i];
    }
    Checkpoints c = new Checkpoints(DType.F32, MODELS.shape(), MODELS.base(), new float[][] {x, opposite});
    for (String axis : new String[] {"tensor", "row", "column"}) {
      float[] merged = nuslerp(c).global("nuslerp_axis", axis).run().values();
      c.assertOneRounding(merged, PlainSpherical.scale(c.vectors()[0], 1.0 / 3), 0.1);
    }
  }

  @Test
  void weightsThatCancelCountAlike() {
    assertThat(MODELS.into(InMemoryMerge.of(new NuSlerp()), 0.5, -0.5).run().values())
        .isEqualTo(MODELS.into(InMemoryMerge.of(new NuSlerp()), 1, 1).run().values());
  }
}
