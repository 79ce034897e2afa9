package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.kernel.LinearKernels.Experts;
import dev.wootz.kernel.LinearKernels.Parts;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuLinearKernelsTest {
  private final LinearKernels kernels = CpuLinearKernels.get();
  private final List<Memory> owned = new ArrayList<>();

  @AfterEach
  void free() {
    owned.forEach(Memory::close);
  }

  private Tensor allocate(DType type, long... extents) {
    Memory memory = Memory.allocate(type.bytes(Shape.of(extents).elements()));
    owned.add(memory);
    return Tensor.over(memory, type, extents);
  }

  private Tensor floats(Shape shape, float... values) {
    Tensor flat = Tensor.of(values);
    owned.add(flat.memory());
    return new Tensor(flat.memory(), 0, DType.F32, shape);
  }

  private Tensor ints(int... values) {
    Tensor tensor = allocate(DType.I32, values.length);
    tensor.buffer().asIntBuffer().put(values);
    return tensor;
  }

  private Tensor scratch(long rows, long cols) {
    return allocate(DType.U8, kernels.linearScratch(rows, cols));
  }

  @Test
  void partsShareTheirInput() {
    Tensor x = floats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor first = allocate(DType.F32, 2, 2);
    Tensor second = floats(Shape.of(2, 1), 100, 200);
    LinearPart product = new LinearPart(Weight.of(floats(Shape.of(2, 3), 1, 0, 0, 0, 1, 1)), floats(Shape.of(2), 10, 20), first, 2, false);
    LinearPart sum = new LinearPart(Weight.of(floats(Shape.of(1, 3), 1, 1, 1)), null, second, 1, true);
    try (Parts parts = kernels.parts(List.of(product, sum));
        Threads pool = Threads.of(2)) {
      kernels.linear(parts, x, 3, 2, scratch(2, 3), pool);
    }
    assertThat(first.toFloats()).containsExactly(11, 25, 14, 31);
    assertThat(second.toFloats()).containsExactly(106, 215);
  }

  @Test
  void aPackedWeightMeetsQuantizedActivations() {
    int rows = 17;
    Tensor matrix = allocate(DType.Q8_0, rows, 32);
    for (int r = 0; r < rows; r++) {
      matrix.buffer().putShort(r * 34, (short) 0x4000); // a scale of 2
      for (int c = 0; c < 32; c++) {
        matrix.buffer().put(r * 34 + 2 + c, (byte) (c == r ? r + 1 : 0));
      }
    }
    Tensor packed = allocate(DType.U8, kernels.packedBytes(DType.Q8_0, rows, 32));
    kernels.pack(packed, matrix, null);
    float[] ramp = new float[32];
    for (int c = 0; c < 32; c++) {
      ramp[c] = 96 + c; // the largest is 127, so that the quantized values are these
    }
    Tensor out = allocate(DType.F32, 1, rows);
    Weight weight = new Weight(packed, DType.Q8_0, true, rows, 32);
    try (Parts parts = kernels.parts(List.of(new LinearPart(weight, out)))) {
      kernels.linear(parts, floats(Shape.of(1, 32), ramp), 32, 1, scratch(1, 32), null);
    }
    for (int r = 0; r < rows; r++) {
      assertThat(out.toFloats()[r]).isEqualTo(2f * (r + 1) * (96 + r));
    }
  }

  @Test
  void everyExpertGetsItsAssignments() {
    Tensor x = floats(Shape.of(2, 1), 3, 5);
    Tensor out = allocate(DType.F32, 3, 1);
    List<Weight> weights = List.of(Weight.of(floats(Shape.of(1, 1), 2)), Weight.of(floats(Shape.of(1, 1), 7)));
    try (Experts experts = kernels.experts(weights)) {
      kernels.linearGrouped(out, experts, ints(0, 1, 3), ints(1, 0, 1), x, 2, 3, scratch(3, 1), null);
    }
    assertThat(out.toFloats()).containsExactly(10, 21, 35);
  }

  @Test
  void tensorsThatAreTooShortAreRefused() {
    Tensor x = floats(Shape.of(1, 3), 1, 2, 3);
    Tensor out = allocate(DType.F32, 1, 2);
    try (Parts parts = kernels.parts(List.of(new LinearPart(Weight.of(floats(Shape.of(2, 3), new float[6])), out)))) {
      assertThatThrownBy(() -> kernels.linear(parts, x, 3, 2, scratch(2, 3), null)).isInstanceOf(KernelException.class).hasMessageContaining("the output");
    }
    assertThatThrownBy(() -> kernels.packedBytes(DType.Q2_K, 16, 256)).isInstanceOf(KernelException.class).hasMessageContaining("q2_k");
    assertThat(kernels.packs(DType.Q2_K)).isFalse();
    assertThat(kernels.packs(DType.Q6_K)).isTrue();
  }
}
