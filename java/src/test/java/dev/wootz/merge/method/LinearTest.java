package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinearTest {
  private static final Checkpoints MODELS = Checkpoints.of(Kind.TUNED, DType.BF16, 3, 17, 65);

  @Test
  void readsEveryTensorOnce() {
    assertThat(MODELS.into(InMemoryMerge.of(new Linear()), 1, 2, 3).run().passes()).isEqualTo(1);
  }

  @Test
  void oneModelStaysAsItIs() {
    float[] x = MODELS.x()[0];
    float[] merged = InMemoryMerge.of(new Linear()).model("A", DType.BF16, x, Map.of("weight", 0.375)).run().values();
    assertThat(merged).isEqualTo(x);
  }

  @ParameterizedTest
  @EnumSource
  void weightsThatCancelAreRefused(Mode mode) {
    InMemoryMerge merge = MODELS.into(InMemoryMerge.of(new Linear()).mode(mode).name("lm_head.weight"), 0.1, 0.2, -0.3);
    assertThatThrownBy(merge::run)
        .isInstanceOf(MergeException.class)
        .hasMessageContainingAll("lm_head.weight", "sum to zero", "A 0.1", "B 0.2", "C -0.3");
    merge.global("normalize", false).run();
  }

  @Test
  void theOrderOfTheModelsIsOneRoundingAtMost() {
    float[] forward = MODELS.into(InMemoryMerge.of(new Linear()), 1, 2, 3).run().values();
    float[][] x = MODELS.x();
    Checkpoints turned = new Checkpoints(DType.BF16, MODELS.shape(), MODELS.base(), new float[][] {x[2], x[0], x[1]});
    float[] backward = turned.into(InMemoryMerge.of(new Linear()), 3, 1, 2).run().values();
    turned.assertOneRounding(backward, PlainSpherical.linear(turned.vectors(), new double[] {3, 1, 2}, true), 0.4);
    int different = 0;
    for (int i = 0; i < forward.length; i++) {
      different += forward[i] == backward[i] ? 0 : 1;
    }
    assertThat(different).isLessThan(forward.length / 100);
  }
}
