package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.SafetensorsFile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes and values that ggml made, through the Java face. The native tests say more. */
class BlockTypesTest {
  private static final long ROWS = 12;
  private static final long COLS = 256;

  private final LinearKernels kernels = CpuLinearKernels.get();

  private static SafetensorsFile golden() {
    try {
      return SafetensorsFile.open(Path.of(Objects.requireNonNull(BlockTypesTest.class.getResource("/golden/gguf/blocks.safetensors")).toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor raw(SafetensorsFile golden, DType type) {
    Tensor bytes = golden.map(type.name() + ".raw");
    return new Tensor(bytes.memory(), bytes.offset(), type, Shape.of(ROWS, COLS));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = {"I?Q\\d_.*", "TQ.*", "MXFP4", "B?F16"})
  void dequantizesAsGgmlDoes(DType type) {
    try (SafetensorsFile golden = golden();
        Memory memory = Memory.allocate(ROWS * COLS * 4)) {
      Tensor out = Tensor.over(memory, DType.F32, ROWS, COLS);
      kernels.dequantize(out, raw(golden, type), null);
      assertThat(out.buffer().mismatch(golden.map(type.name() + ".f32").buffer())).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
  void roundsAsGgmlDoes(DType type) {
    try (SafetensorsFile golden = golden();
        Memory memory = Memory.allocate(type.bytes(ROWS * COLS));
        Threads pool = Threads.of(2)) {
      Tensor blocks = Tensor.over(memory, type, ROWS, COLS);
      kernels.quantize(blocks, golden.map("source"), null, pool);
      ByteBuffer expected = raw(golden, type).buffer();
      assertThat(blocks.buffer().mismatch(expected)).isEqualTo(-1);
    }
  }

  @Test
  void refusesOtherShapes() {
    try (Memory memory = Memory.allocate(1024)) {
      Tensor blocks = Tensor.over(memory, DType.Q8_0, 1, 64);
      Tensor x = Tensor.over(memory, DType.F32, 1, 32);
      assertThatThrownBy(() -> kernels.dequantize(x, blocks, null)).isInstanceOf(KernelException.class).hasMessageContaining("blocks has 64");
      assertThatThrownBy(() -> kernels.quantize(blocks, x, null, null)).isInstanceOf(KernelException.class).hasMessageContaining("expected 32");
      assertThatThrownBy(() -> kernels.quantize(Tensor.over(memory, DType.IQ4_NL, 1, 32), x, null, null))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("iq4_nl");
    }
  }
}
