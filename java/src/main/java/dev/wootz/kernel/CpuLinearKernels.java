package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.bytes;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_linear_part;
import dev.wootz.bindings.wz_weight;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** {@link LinearKernels} on the CPU: the native library checks shapes and types, this class the sizes of the tensors. */
public final class CpuLinearKernels implements LinearKernels {
  private static final CpuLinearKernels INSTANCE = new CpuLinearKernels();

  private CpuLinearKernels() {}

  public static CpuLinearKernels get() {
    return INSTANCE;
  }

  @Override
  public void dequantize(Tensor out, Tensor blocks, @Nullable Threads pool) {
    sameElements(out.elements(), blocks, "blocks");
    check(wootz.wz_dequantize(floats(out), pointer(blocks), blocks.dtype().code(), out.elements(), pool(pool)));
  }

  @Override
  public void quantize(Tensor blocks, Tensor x, @Nullable Tensor importance, @Nullable Threads pool) {
    sameElements(x.elements(), blocks, "blocks");
    long cols = x.shape().cols();
    if (importance != null) {
      sameElements(cols, importance, "importance");
    }
    FloatPointer weights = importance == null ? null : floats(importance);
    check(wootz.wz_quantize(pointer(blocks), blocks.dtype().code(), floats(x), weights, x.shape().rows(), cols, pool(pool)));
  }

  @Override
  public boolean packs(DType type) {
    return switch (type) {
      case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  @Override
  public long packedBytes(DType type, long rows, long cols) {
    try (LongPointer bytes = new LongPointer(1)) {
      check(wootz.wz_packed_bytes(bytes, type.code(), rows, cols));
      return bytes.get();
    }
  }

  @Override
  public void pack(Tensor packed, Tensor matrix, @Nullable Threads pool) {
    long rows = matrix.shape().rows();
    long cols = matrix.shape().cols();
    atLeast(packedBytes(matrix.dtype(), rows, cols), packed, "packed");
    check(wootz.wz_pack(bytes(packed), pointer(matrix), matrix.dtype().code(), rows, cols, pool(pool)));
  }

  @Override
  public long linearScratch(long rows, long cols) {
    return wootz.wz_linear_scratch(rows, cols);
  }

  @Override
  public Parts parts(List<LinearPart> parts) {
    return new NativeParts(parts);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long rows, Tensor scratch, @Nullable Threads pool) {
    linear(parts, x, xStride, 0, rows, scratch, pool);
  }

  @Override
  public void linear(Parts parts, Tensor x, long xStride, long first, long rows, Tensor scratch, @Nullable Threads pool) {
    NativeParts known = (NativeParts) parts;
    if (first < 0 || rows < 0) {
      throw new KernelException("rows from " + first + ", " + rows + " of them: expected 0 or more");
    }
    known.fits(first, rows);
    if (rows > 0) {
      atLeast(DType.F32.bytes((first + rows - 1) * xStride + known.cols), x, "x");
    }
    atLeast(wootz.wz_linear_scratch(rows, known.cols), scratch, "scratch");
    known.from(first);
    FloatPointer from = first == 0 ? floats(x) : known.input(x, first * xStride);
    check(wootz.wz_linear(known.structs, known.count, from, xStride, rows, bytes(scratch), pool(pool)));
  }

  @Override
  public Experts experts(List<Weight> experts) {
    return new NativeExperts(experts);
  }

  @Override
  public void linearGrouped(
      Tensor out, Experts experts, Tensor begin, @Nullable Tensor rowOf, Tensor x, long xRows, Tensor scratch, @Nullable Threads pool) {
    NativeExperts known = (NativeExperts) experts;
    IntPointer starts = ints(begin);
    if (begin.elements() != known.count + 1L) {
      throw new KernelException("begin has " + begin.elements() + " elements, expected " + (known.count + 1));
    }
    long assignments = starts.get(known.count);
    atLeast(DType.F32.bytes(assignments * known.rows), out, "out");
    if (rowOf != null) {
      atLeast(DType.I32.bytes(assignments), rowOf, "rowOf");
    }
    atLeast(DType.F32.bytes(xRows * known.cols), x, "x");
    atLeast(wootz.wz_linear_scratch(Math.max(xRows, assignments), known.cols), scratch, "scratch");
    check(
        wootz.wz_linear_grouped(
            floats(out),
            known.structs,
            known.count,
            starts,
            rowOf == null ? null : ints(rowOf),
            floats(x),
            xRows,
            bytes(scratch),
            pool(pool)));
  }

  private static void atLeast(long bytes, Tensor tensor, String what) {
    if (tensor.bytes() < bytes) {
      throw new KernelException(what + " has " + tensor.bytes() + " bytes, expected at least " + bytes);
    }
  }

  private static void fill(wz_weight struct, Weight weight) {
    Tensor data = weight.data();
    long bytes =
        weight.packed()
            ? INSTANCE.packedBytes(weight.dtype(), weight.rows(), weight.cols())
            : weight.dtype().bytes(Math.multiplyExact(weight.rows(), weight.cols()));
    atLeast(bytes, data, "the weight");
    struct.data(pointer(data)).dtype(weight.dtype().code()).layout(weight.packed() ? wootz.WZ_PACKED : wootz.WZ_ROWS);
    struct.rows(weight.rows()).cols(weight.cols());
  }

  private static final class NativeParts implements Parts {
    private final List<LinearPart> parts;
    private final wz_linear_part structs;
    private final int count;
    private final long cols;

    /** The outputs' pointers, of this object alone: their positions move. */
    private final FloatPointer[] outputs;

    /** The row that the structs' outputs begin with. */
    private long first;

    /** The last input that was not taken from its first row on, with a pointer to it. */
    private @Nullable Tensor input;

    private @Nullable FloatPointer inputPointer;

    NativeParts(List<LinearPart> parts) {
      this.parts = List.copyOf(parts);
      count = parts.size();
      cols = parts.isEmpty() ? 0 : parts.get(0).weight().cols();
      structs = new wz_linear_part(Math.max(1, count));
      outputs = new FloatPointer[count];
      for (int i = 0; i < count; i++) {
        LinearPart part = parts.get(i);
        wz_linear_part at = structs.position(i);
        fill(at.weight(), part.weight());
        if (part.bias() != null) {
          atLeast(DType.F32.bytes(part.weight().rows()), part.bias(), "the bias");
        }
        at.bias(part.bias() == null ? null : floats(part.bias()));
        outputs[i] = new FloatPointer(floats(part.out()));
        at.out(outputs[i]).out_stride(part.outStride()).add(part.add() ? 1 : 0);
      }
      structs.position(0);
    }

    /** Lets the outputs begin with this row. */
    void from(long row) {
      if (row != first) {
        for (int i = 0; i < count; i++) {
          structs.position(i).out(outputs[i].position(row * parts.get(i).outStride()));
        }
        structs.position(0);
        first = row;
      }
    }

    /** x from an element on; allocates for another x than last time only. */
    FloatPointer input(Tensor x, long element) {
      if (input != x) {
        inputPointer = new FloatPointer(floats(x));
        input = x;
      }
      x.address(); // throws when its memory has been closed
      return inputPointer.position(element);
    }

    /** Throws where the output of a part is too short for so many rows. */
    void fits(long begin, long rows) {
      for (int i = 0; rows > 0 && i < count; i++) {
        LinearPart part = parts.get(i);
        atLeast(DType.F32.bytes((begin + rows - 1) * part.outStride() + part.weight().rows()), part.out(), "the output");
      }
    }

    @Override
    public void close() {
      structs.close();
    }
  }

  private static final class NativeExperts implements Experts {
    /** Keeps the memory of the weights reachable. */
    private final List<Weight> weights;

    private final wz_weight structs;
    private final int count;
    private final long rows;
    private final long cols;

    NativeExperts(List<Weight> experts) {
      weights = List.copyOf(experts);
      count = weights.size();
      rows = weights.get(0).rows();
      cols = weights.get(0).cols();
      structs = new wz_weight(count);
      for (int i = 0; i < count; i++) {
        fill(structs.position(i), weights.get(i));
      }
      structs.position(0);
    }

    @Override
    public void close() {
      structs.close();
    }
  }
}
