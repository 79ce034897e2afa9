package dev.wootz.bench.merge;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A base and two fine-tuned relatives, bfloat16 [rows, 1024], as tensors of a small model have them. */
@State(Scope.Benchmark)
public class Checkpoints {
  static final long COLS = 1024;

  /** 128 rows are one tile of the pipeline and stay in the cache; 65,536 (128 MiB each) come from memory. */
  @Param({"128", "65536"})
  long rows;

  Kernels kernels;
  Tensor base;
  List<Tensor> models;
  Tensor output;
  Tensor scratch;
  Tensor keys;
  private Memory memory;

  @Setup
  public void fill() {
    kernels = CpuKernels.get();
    long n = rows * COLS;
    long bytes = n * DType.BF16.bytes();
    long scratchBytes = kernels.mergeGtaScratch(COLS, 2);
    memory = Memory.allocate(4 * bytes + n * Integer.BYTES + scratchBytes + 64);
    Shape shape = Shape.of(rows, COLS);
    base = new Tensor(memory, 0, DType.BF16, shape);
    models = List.of(new Tensor(memory, bytes, DType.BF16, shape), new Tensor(memory, 2 * bytes, DType.BF16, shape));
    output = new Tensor(memory, 3 * bytes, DType.BF16, shape);
    keys = new Tensor(memory, 4 * bytes, DType.I32, shape);
    scratch = new Tensor(memory, (4 * bytes + n * Integer.BYTES + 63) / 64 * 64, DType.U8, Shape.of(scratchBytes));
    kernels.philoxNormal(base, kernels.philoxKey(1, "base", 0), 0, 0, 0.02);
    for (int i = 0; i < models.size(); i++) {
      kernels.philoxNormal(output, kernels.philoxKey(1, "tuning", i), 0, 0, 0.002);
      kernels.mergeLinear(
          models.get(i), List.of(base, output), null, new double[] {1, 1}, 1, Arithmetic.F32);
    }
  }

  @TearDown
  public void free() {
    memory.close();
  }

  /** Bytes of inputs read and outputs written, in 10^9: JMH divides them by the time. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Traffic {
    public double gigabytes;

    @Setup(Level.Iteration)
    public void clear() {
      gigabytes = 0;
    }

    void add(Tensor... tensors) {
      for (Tensor tensor : tensors) {
        gigabytes += tensor.bytes() * 1e-9;
      }
    }
  }
}
