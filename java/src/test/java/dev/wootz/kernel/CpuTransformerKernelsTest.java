package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.SafetensorsFile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.net.URISyntaxException;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CpuTransformerKernelsTest {
  private static final TransformerKernels TRANSFORMER = CpuTransformerKernels.get();
  private static SafetensorsFile golden;

  @BeforeAll
  static void open() throws URISyntaxException {
    golden = SafetensorsFile.open(Path.of(CpuTransformerKernelsTest.class.getResource("/golden/ops/transformer.safetensors").toURI()));
  }

  @AfterAll
  static void close() {
    golden.close();
  }

  @Test
  void rmsNorm() {
    for (String op : new String[] {"rmsnorm", "rmsnorm_tiny_rows"}) {
      Tensor x = golden.map(op + ".in.x");
      Tensor out = floats(x.elements());
      Tensor sum = floats(x.elements());
      TRANSFORMER.rmsNorm(out, x, null, golden.map(op + ".in.w"), 1e-6, x.shape().rows(), null);
      close(out, golden.map(op + ".out"), 3e-7);
      // x and the residual add up to 2 x, whose norm is that of x but for epsilon.
      sum.buffer().put(x.buffer());
      TRANSFORMER.rmsNorm(out, sum, x, golden.map(op + ".in.w"), 4e-6, x.shape().rows(), null);
      close(out, golden.map(op + ".out"), 3e-7);
      assertThat(sum.toFloats()[7]).isEqualTo(2 * x.toFloats()[7]);
      out.memory().close();
      sum.memory().close();
    }
  }

  @Test
  void swiglu() {
    Tensor gate = golden.map("swiglu.in.gate");
    Tensor out = floats(gate.elements());
    try (Threads pool = Threads.of(2)) {
      TRANSFORMER.swiglu(out, gate, golden.map("swiglu.in.up"), gate.shape().rows(), gate.shape().cols(), pool);
    }
    close(out, golden.map("swiglu.out"), 3e-7);
    out.memory().close();
  }

  @Test
  void logprob() {
    Tensor logits = golden.map("logprob.in.logits");
    Tensor warm = floats(6 * 300);
    for (int i = 0; i < 6 * 300; i++) {
      warm.buffer().putFloat(4 * i, (float) (logits.toFloats()[i] / 0.7));
    }
    Tensor target = golden.map("logprob.const.target");
    Tensor ids = ints(6);
    for (int i = 0; i < 6; i++) {
      ids.buffer().putInt(4 * i, Math.max(0, target.buffer().getInt(4 * i)));
    }
    Tensor out = floats(6);
    CpuSamplingKernels.get().logprobs(out, Tensor.over(warm.memory(), DType.F32, 6, 300), ids, 6, null);
    close(out, golden.map("logprob.out"), 5e-7);
    for (Tensor tensor : new Tensor[] {warm, ids, out}) {
      tensor.memory().close();
    }
  }

  @Test
  void embedsRowsOfAnyFloatType() {
    Memory memory = Memory.allocate(2 * 3 * 2);
    Tensor table = Tensor.over(memory, DType.BF16, 3, 2);
    for (int i = 0; i < 6; i++) {
      table.buffer().putShort(2 * i, (short) (Float.floatToIntBits(i) >> 16));
    }
    Tensor ids = ints(4);
    ids.buffer().asIntBuffer().put(new int[] {2, 0, 2, 3});
    Tensor out = floats(8);
    TRANSFORMER.embed(out, table, ids, 3, null);
    assertThat(out.flat(0, 6).toFloats()).containsExactly(4, 5, 0, 1, 4, 5);
    assertThatThrownBy(() -> TRANSFORMER.embed(out, table, ids, 4, null)).isInstanceOf(KernelException.class).hasMessageContaining("ids[3]: found 3");
    assertThatThrownBy(() -> TRANSFORMER.embed(out, table, ids, 5, null)).hasMessageContaining("out has 8 elements, expected 10");
    for (Tensor tensor : new Tensor[] {table, ids, out}) {
      tensor.memory().close();
    }
  }

  @Test
  void expertsOfAToken() {
    Tensor logits = Tensor.of(1, 3, 3, 0, 5, 5, 5, 5);
    Tensor expert = ints(4);
    Tensor weight = floats(4);
    Tensor begin = ints(5);
    Tensor rowOf = ints(4);
    Tensor place = ints(4);
    Tensor y = Tensor.of(1, 10, 100, 1000);
    Tensor out = Tensor.of(0.5f, 0);
    TRANSFORMER.moeRoute(expert, weight, logits, 2, 4, 2, true);
    TRANSFORMER.moeSort(begin, rowOf, place, expert, 2, 4, 2);
    assertThat(ints(expert)).containsExactly(1, 2, 0, 1);
    assertThat(ints(begin)).containsExactly(0, 1, 3, 4, 4);
    assertThat(ints(rowOf)).containsExactly(1, 0, 1, 0);
    assertThat(ints(place)).containsExactly(1, 3, 0, 2);
    TRANSFORMER.moeCombine(out, y, place, weight, 2, 2, 1, null);
    assertThat(out.toFloats()).containsExactly(505.5f, 50.5f);
    TRANSFORMER.moeRoute(expert, weight, logits, 1, 4, 2, false);
    double sum = Math.exp(-2) + 2 + Math.exp(-3);
    assertThat(weight.toFloats()[0]).isCloseTo((float) (1 / sum), within(1e-7f));
    for (Tensor tensor : new Tensor[] {logits, expert, weight, begin, rowOf, place, y, out}) {
      tensor.memory().close();
    }
  }

  private static void close(Tensor found, Tensor expected, double relative) {
    DoubleBuffer values = expected.buffer().asDoubleBuffer();
    float[] floats = found.toFloats();
    for (int i = 0; i < floats.length; i++) {
      assertThat((double) floats[i]).as("element %d", i).isCloseTo(values.get(i), within(relative * Math.abs(values.get(i)) + 1e-9));
    }
  }

  private static Tensor floats(long n) {
    return Tensor.over(Memory.allocate(4 * n), DType.F32, n);
  }

  private static Tensor ints(long n) {
    return Tensor.over(Memory.allocate(4 * n), DType.I32, n);
  }

  private static int[] ints(Tensor tensor) {
    int[] values = new int[(int) tensor.elements()];
    tensor.buffer().asIntBuffer().get(values);
    return values;
  }
}
