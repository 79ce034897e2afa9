package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.Mode;
import dev.wootz.merge.TensorMerge;
import dev.wootz.merge.kit.Elements;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.merge.method.Checkpoints.Kind;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PassthroughTest {
  private static final int N = 3001;

  static List<DType> types() {
    return DType.safetensorsTypes();
  }

  /** Not a value is looked at: NaN with their payloads, integers and flags come through. */
  @ParameterizedTest
  @MethodSource("types")
  void copiesEveryByte(DType type) {
    byte[] bytes = new byte[N * type.bytes()];
    new Random(5).nextBytes(bytes);
    try (Memory in = Memory.allocate(bytes.length);
        Memory out = Memory.allocate(bytes.length)) {
      in.buffer(0, bytes.length).put(bytes);
      TensorMerge.method("passthrough").model(Tensor.over(in, type, N), Map.of()).into(Tensor.over(out, type, N));
      assertThat(out.buffer(0, bytes.length)).isEqualTo(ByteBuffer.wrap(bytes));
    }
  }

  @ParameterizedTest
  @EnumSource
  void scalesWithOneRounding(Mode mode) {
    for (DType type : new DType[] {DType.BF16, DType.F16, DType.F32}) {
      Checkpoints c = Checkpoints.of(Kind.UNRELATED, type, 1, N);
      float[] merged =
          InMemoryMerge.of(new Passthrough()).mode(mode).model("A", type, c.x()[0], Map.of("scale", 0.3)).run().values();
      for (int i = 0; i < N; i++) {
        // mergekit multiplies by the float32 value of the number.
        double exact = mode == Mode.WOOTZ ? c.x()[0][i] * 0.3 : c.x()[0][i] * 0.3f;
        assertThat(Math.abs(merged[i] - exact)).isLessThanOrEqualTo(0.501 * Elements.ulp(type, exact));
      }
    }
  }

  @Test
  void convertsToTheOutputsType() {
    float[] x = {1.00390625f, -2, 65504, 3e-8f};
    assertThat(InMemoryMerge.of(new Passthrough()).outputType(DType.BF16).model("A", DType.F32, x, Map.of()).run().values())
        .isEqualTo(Elements.rounded(DType.BF16, x));
  }

  @Test
  void integersAreNotScaled() {
    try (Memory memory = Memory.allocate(16)) {
      Tensor indices = Tensor.over(memory, DType.I64, 2);
      TensorMerge merge = TensorMerge.method("passthrough").name("rotary.indices").model(indices, Map.of("scale", 0.5));
      assertThatThrownBy(() -> merge.into(indices))
          .isInstanceOf(MergeException.class)
          .hasMessageContainingAll("rotary.indices", "int64", "0.5");
    }
  }
}
