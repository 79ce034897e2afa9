package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.wootz.merge.Mode;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** mergekit's mode has the same bits however a tensor is cut, in whatever order and on however many threads. */
class SphericalCutsTest {

  static Stream<Arguments> merges() {
    List<Arguments> merges = new ArrayList<>();
    for (DType type : List.of(DType.BF16, DType.F16, DType.F32)) {
      Checkpoints c = Checkpoints.of(Kind.TUNED, type, 3, 61, 515);
      Checkpoints two = new Checkpoints(type, c.shape(), c.base(), new float[][] {c.x()[0], c.x()[1]});
      Checkpoints one = new Checkpoints(type, c.shape(), c.base(), new float[][] {c.x()[0]});
      merges.add(merge("linear", type, () -> c.into(InMemoryMerge.of(new Linear()), 1, 2, 3)));
      merges.add(merge("slerp", type, () -> one.into(InMemoryMerge.of(new Slerp())).base(type, c.base()).global("t", 0.3)));
      for (String axis : List.of("tensor", "row", "column")) {
        merges.add(
            merge(
                "nuslerp " + axis,
                type,
                () -> two.into(InMemoryMerge.of(new NuSlerp()), 1, 2).base(type, c.base()).global("nuslerp_axis", axis)));
      }
      merges.add(merge("multislerp", type, () -> c.into(InMemoryMerge.of(new MultiSlerp()), 1, 2, 3).base(type, c.base())));
      merges.add(merge("karcher", type, () -> c.into(InMemoryMerge.of(new Karcher()))));
      merges.add(merge("model_stock", type, () -> c.into(InMemoryMerge.of(new ModelStock())).base(type, c.base())));
    }
    return merges.stream();
  }

  private static Arguments merge(String name, DType type, Supplier<InMemoryMerge> merge) {
    return arguments(name, type, merge);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("merges")
  void haveTheSameBits(String name, DType type, Supplier<InMemoryMerge> merge) {
    float[] once = merge.get().mode(Mode.MERGEKIT).tile(1 << 20).run().values();
    for (long tile : new long[] {1, 5000}) {
      for (int threads : new int[] {1, 3}) {
        assertThat(merge.get().mode(Mode.MERGEKIT).tile(tile).threads(threads).order(tile + threads).run().values())
            .as("tiles of %d elements on %d threads", tile, threads)
            .isEqualTo(once);
      }
    }
  }
}
