package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MultiSlerpTest {
  private static final float[] X = {3, 0, 0, 4};
  private static final float[] OPPOSITE = {-6, 0, 0, -8};

  private static Checkpoints models(float[]... x) {
    return new Checkpoints(DType.F32, new long[] {4}, new float[] {1, 1, 1, 1}, x);
  }

  @ParameterizedTest
  @EnumSource
  void twoOppositeModelsAreSummed(Mode mode) {
    float[] merged = models(X, OPPOSITE).into(InMemoryMerge.of(new MultiSlerp()).mode(mode), 0.5, 0.5).run().values();
    assertThat(merged).containsExactly(-1.5f, 0, 0, -2);
  }

  @ParameterizedTest
  @EnumSource
  void moreModelsWhoseDirectionsCancelAreRefused(Mode mode) {
    InMemoryMerge merge =
        models(X, OPPOSITE, X, OPPOSITE).into(InMemoryMerge.of(new MultiSlerp()).mode(mode).name("model.norm.weight"), 1, 1, 1, 1);
    assertThatThrownBy(merge::run).isInstanceOf(MergeException.class).hasMessageContainingAll("model.norm.weight", "4 models", "cancel");
  }

  @ParameterizedTest
  @EnumSource
  void weightsThatCancelAreRefused(Mode mode) {
    InMemoryMerge merge = models(X, OPPOSITE, X).into(InMemoryMerge.of(new MultiSlerp()).mode(mode), 1, 1, -2);
    assertThatThrownBy(merge::run).isInstanceOf(MergeException.class).hasMessageContainingAll("up_proj", "sum to zero");
  }

  /** A tensor that no model has changed has no direction, and needs none. */
  @Test
  void untouchedTensorsStayAsTheyAre() {
    Checkpoints c = models(X, X, X);
    assertThat(c.into(InMemoryMerge.of(new MultiSlerp()), 1, 2, 3).base(DType.F32, X).run().values()).isEqualTo(X);
  }

  @Test
  void zerosHaveALengthButNoDirection() {
    float[] merged = models(X, new float[4]).into(InMemoryMerge.of(new MultiSlerp()), 1, 1).run().values();
    assertThat(merged).isEqualTo(new float[] {1.5f, 0, 0, 2});
    assertThat(models(new float[4], new float[4], new float[4]).into(InMemoryMerge.of(new MultiSlerp()), 1, 1, 1).run().values())
        .containsOnly(0);
  }

  @Test
  void lengthsAreAveraged() {
    float[] longer = Arrays.copyOf(X, 4);
    for (int i = 0; i < 4; i++) {
      longer[i] *= 3;
    }
    assertThat(models(X, longer).into(InMemoryMerge.of(new MultiSlerp()), 3, 1).run().values()).isEqualTo(new float[] {4.5f, 0, 0, 6});
  }
}
