package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.bytesAtLeast;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_linear_part;
import dev.wootz.bindings.wz_weight;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/** The native structs of {@code linear.h}, which are the same for every device. Each keeps its tensors, so that their memory outlives it. */
final class PreparedLinear {
  private PreparedLinear() {}

  private static void fill(wz_weight struct, Weight weight, int device, LinearKernels kernels) {
    long bytes =
        weight.packed()
            ? kernels.packedBytes(weight.dtype(), weight.rows(), weight.cols())
            : weight.dtype().bytes(Math.multiplyExact(weight.rows(), weight.cols()));
    bytesAtLeast(bytes, weight.data(), "the weight");
    struct.data(NativeArguments.on(device, weight.data())).dtype(weight.dtype().code()).layout(weight.packed() ? wootz.WZ_PACKED : wootz.WZ_ROWS);
    struct.rows(weight.rows()).cols(weight.cols());
  }

  private static FloatPointer floats(Tensor tensor, int device) {
    return (FloatPointer) NativeArguments.on(device, NativeArguments.checked(tensor, DType.F32));
  }

  /** Several products that share their input. */
  static final class Products implements LinearKernels.Parts {
    private final List<LinearPart> parts;
    private final int device;
    final wz_linear_part structs;
    final int count;
    final long cols;

    /** The outputs' pointers, of this object alone: their positions move. */
    private final FloatPointer[] outputs;

    /** The row that the structs' outputs begin with. */
    private long first;

    /** The last input that was not taken from its first row on, with a pointer to it. */
    private @Nullable Tensor input;

    private @Nullable FloatPointer inputPointer;

    Products(List<LinearPart> parts, int device, LinearKernels kernels) {
      this.parts = List.copyOf(parts);
      this.device = device;
      count = parts.size();
      cols = parts.isEmpty() ? 0 : parts.get(0).weight().cols();
      structs = new wz_linear_part(Math.max(1, count));
      outputs = new FloatPointer[count];
      for (int i = 0; i < count; i++) {
        LinearPart part = parts.get(i);
        wz_linear_part at = structs.position(i);
        fill(at.weight(), part.weight(), device, kernels);
        if (part.bias() != null) {
          bytesAtLeast(DType.F32.bytes(part.weight().rows()), part.bias(), "the bias");
        }
        at.bias(part.bias() == null ? null : floats(part.bias(), device));
        outputs[i] = new FloatPointer(floats(part.out(), device));
        at.out(outputs[i]).out_stride(part.outStride()).add(part.add() ? 1 : 0);
      }
      structs.position(0);
    }

    /** Throws where x or the output of a part is too short for rows {@code [first, first + rows)}. */
    void check(Tensor x, long xStride, long begin, long rows) {
      if (begin < 0 || rows < 0) {
        throw new KernelException("rows from " + begin + ", " + rows + " of them: expected 0 or more");
      }
      for (int i = 0; rows > 0 && i < count; i++) {
        LinearPart part = parts.get(i);
        bytesAtLeast(DType.F32.bytes((begin + rows - 1) * part.outStride() + part.weight().rows()), part.out(), "the output");
      }
      if (rows > 0) {
        bytesAtLeast(DType.F32.bytes((begin + rows - 1) * xStride + cols), x, "x");
      }
    }

    /** Lets the outputs begin with this row, and returns x from it on; allocates for another x than last time only. */
    FloatPointer from(Tensor x, long xStride, long row) {
      if (row != first) {
        for (int i = 0; i < count; i++) {
          structs.position(i).out(outputs[i].position(row * parts.get(i).outStride()));
        }
        structs.position(0);
        first = row;
      }
      FloatPointer whole = floats(x, device);
      if (row == 0) {
        return whole;
      }
      if (input != x) {
        inputPointer = new FloatPointer(whole);
        input = x;
      }
      return inputPointer.position(row * xStride);
    }

    @Override
    public void close() {
      structs.close();
    }
  }

  /** The experts of one projection. */
  static final class Projection implements LinearKernels.Experts {
    /** Keeps the memory of the weights reachable. */
    private final List<Weight> weights;

    final wz_weight structs;
    final int count;
    final long rows;
    final long cols;

    Projection(List<Weight> experts, int device, LinearKernels kernels) {
      weights = List.copyOf(experts);
      count = weights.size();
      rows = weights.get(0).rows();
      cols = weights.get(0).cols();
      structs = new wz_weight(count);
      for (int i = 0; i < count; i++) {
        fill(structs.position(i), weights.get(i), device, kernels);
      }
      structs.position(0);
    }

    /** Throws where a tensor has not the size that so many assignments need. */
    void check(Tensor out, Tensor begin, @Nullable Tensor rowOf, Tensor x, long xRows, long assignments) {
      if (begin.elements() != count + 1L) {
        throw new KernelException("begin has " + begin.elements() + " elements, expected " + (count + 1));
      }
      bytesAtLeast(DType.F32.bytes(assignments * rows), out, "out");
      if (rowOf != null) {
        bytesAtLeast(DType.I32.bytes(assignments), rowOf, "rowOf");
      }
      bytesAtLeast(DType.F32.bytes(xRows * cols), x, "x");
    }

    @Override
    public void close() {
      structs.close();
    }
  }
}
