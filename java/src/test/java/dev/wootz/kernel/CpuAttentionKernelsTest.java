package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.SafetensorsFile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Java face against recorded values of PyTorch in float64 ({@code attention/ops.safetensors}); attention_test.cc tests the kernels. */
class CpuAttentionKernelsTest {
  private static final int PAGE = 16;
  private final AttentionKernels kernels = CpuAttentionKernels.get();
  private final List<Memory> memories = new ArrayList<>();
  private SafetensorsFile golden;

  @BeforeEach
  void open() throws Exception {
    golden = SafetensorsFile.open(Path.of(getClass().getResource("/attention/ops.safetensors").toURI()));
  }

  @AfterEach
  void close() {
    golden.close();
    memories.forEach(Memory::close);
  }

  @Test
  void rotatesByLargePositions() {
    Tensor x = copy("rope.in.x");
    int tokens = 7;
    int heads = 3;
    int dim = 32;
    Tensor table = allocate(DType.F32, tokens, 2, dim / 2);
    double[] frequency = IntStream.range(0, dim / 2).mapToDouble(i -> Math.pow(1e6, -2.0 * i / dim)).toArray();
    kernels.ropeTable(table, copy("rope.const.pos"), frequency, 1, tokens);
    // Into the cache at any position: what the rotation leaves in q counts.
    try (var step = step(new int[] {0, tokens}, heads, dim);
        var rope = kernels.rope(table, dim, false)) {
      Tensor k = allocate(DType.F32, tokens, heads, dim);
      Tensor v = allocate(DType.F32, tokens, heads, dim);
      zero(k);
      zero(v);
      kernels.qkRopeAppend(x, k, v, null, null, 0, rope, heads, step.batch, step.layer, null);
    }
    near(x, "rope.out", 3e-6);
  }

  @Test
  void attendsCausallyWithGroupedHeads() {
    attendsAs("attention", new int[] {0, 37}, 6, 2, 32);
  }

  @Test
  void attendsWithinEachSequence() {
    int[] begin = new int[5];
    copy("attention_packed.const.cu_seqlens").buffer().asIntBuffer().get(begin);
    attendsAs("attention_packed", begin, 4, 4, 16);
  }

  private void attendsAs(String name, int[] begin, int heads, int kvHeads, int headDim) {
    int tokens = begin[begin.length - 1];
    Tensor q = copy(name + ".in.q");
    Tensor k = copy(name + ".in.k");
    Tensor v = copy(name + ".in.v");
    Tensor out = allocate(DType.F32, tokens, heads, headDim);
    try (var threads = Threads.of(2);
        var step = step(begin, kvHeads, headDim);
        var attention = kernels.attention(heads, (float) (1 / Math.sqrt(headDim)), 0, 0, null)) {
      kernels.qkRopeAppend(q, k, v, null, null, 0, null, heads, step.batch, step.layer, threads);
      Tensor scratch = allocate(DType.U8, kernels.attentionScratch(tokens, heads, headDim, 48));
      kernels.attend(out, q, attention, step.batch, step.layer, scratch, threads);
      near(out, name + ".out", 2e-6);
      Tensor small = allocate(DType.U8, 64);
      assertThatThrownBy(() -> kernels.attend(out, q, attention, step.batch, step.layer, small, threads))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("scratch has 64 bytes");
    }
  }

  @Test
  void refusesPagesOutsideTheCache() {
    try (var step = step(new int[] {0, 5}, 1, 16)) {
      step.tables.buffer().putInt(0, 99);
      Tensor x = allocate(DType.F32, 5, 1, 16);
      zero(x);
      assertThatThrownBy(() -> kernels.qkRopeAppend(x, x, x, null, null, 0, null, 1, step.batch, step.layer, null))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("page 0 of sequence 0: found number 99");
      Tensor other = allocate(DType.F32, 4, 1, 16);
      assertThatThrownBy(() -> kernels.qkRopeAppend(x, x, other, null, null, 0, null, 1, step.batch, step.layer, null))
          .hasMessage("v has 64 elements, expected 80 or more");
      assertThatThrownBy(() -> step.batch.set(2, 5, 1)).isInstanceOf(KernelException.class);
    }
  }

  /** Sequences whose tokens are at positions 0, 1, ...; pages in descending order. */
  private record Step(AttentionKernels.Batch batch, AttentionKernels.KvLayer layer, Tensor tables) implements AutoCloseable {
    @Override
    public void close() {
      batch.close();
      layer.close();
    }
  }

  private Step step(int[] begin, int kvHeads, int headDim) {
    int sequences = begin.length - 1;
    int tokens = begin[sequences];
    int pagesOfOne = 3;
    int pages = sequences * pagesOfOne;
    Tensor beginTensor = ints(begin);
    Tensor positions = allocate(DType.I32, tokens);
    for (int s = 0; s < sequences; s++) {
      for (int t = begin[s]; t < begin[s + 1]; t++) {
        positions.buffer().asIntBuffer().put(t, t - begin[s]);
      }
    }
    Tensor tables = allocate(DType.I32, sequences, pagesOfOne);
    for (int i = 0; i < pages; i++) {
      tables.buffer().asIntBuffer().put(i, pages - 1 - i);
    }
    AttentionKernels.Batch batch = kernels.batch(beginTensor, positions, tables);
    batch.set(sequences, tokens, 1);
    Tensor keys = allocate(DType.F32, pages, kvHeads, PAGE, headDim);
    Tensor values = allocate(DType.F32, pages, kvHeads, PAGE, headDim);
    return new Step(batch, kernels.kvLayer(keys, values), tables);
  }

  private void near(Tensor actual, String name, double tolerance) {
    float[] found = actual.toFloats();
    double[] expected = new double[found.length];
    copy(name).buffer().asDoubleBuffer().get(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i]).as("element %d of %s", i, name).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(tolerance));
    }
  }

  private Tensor copy(String name) {
    Tensor mapped = golden.map(name);
    Tensor copy = allocate(mapped.dtype(), mapped.shape().toArray());
    copy.buffer().put(mapped.buffer());
    return copy;
  }

  private Tensor ints(int[] values) {
    Tensor tensor = allocate(DType.I32, values.length);
    tensor.buffer().asIntBuffer().put(values);
    return tensor;
  }

  private Tensor allocate(DType dtype, long... extents) {
    Memory memory = Memory.allocate(dtype.bytes(Shape.of(extents).elements()));
    memories.add(memory);
    return Tensor.over(memory, dtype, extents);
  }

  private static void zero(Tensor tensor) {
    for (int i = 0; i < tensor.elements(); i++) {
      tensor.buffer().asFloatBuffer().put(i, 0);
    }
  }
}
