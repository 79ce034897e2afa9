package dev.wootz.bench.kernel;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.CpuLinearKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Block types to float32 and back, one thread, data that stays in the caches; the counter {@code megaweights} is millions of weights per second.
 *
 * <pre>  java -jar benchmarks.jar QuantizeBenchmark -p type=Q4_K,Q6_K</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class QuantizeBenchmark {
  private static final long ROWS = 16;
  private static final long COLS = 4096;

  @Param({"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
  public DType type;

  private final LinearKernels kernels = CpuLinearKernels.get();
  private Memory memory;
  private Tensor floats;
  private Tensor blocks;

  /** Weights that were worked on. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    public double megaweights;

    @Setup(Level.Iteration)
    public void reset() {
      megaweights = 0;
    }
  }

  @Setup
  public void allocate() {
    memory = Memory.allocate(ROWS * COLS * 8);
    floats = new Tensor(memory, 0, DType.F32, Shape.of(ROWS, COLS));
    blocks = new Tensor(memory, ROWS * COLS * 4, type, Shape.of(ROWS, COLS));
    Kernels random = CpuKernels.get();
    random.philoxNormal(floats, random.philoxKey(1, "weights", 0), 0, 0, 0.02);
    kernels.quantize(blocks, floats, null, null);
  }

  @TearDown
  public void free() {
    memory.close();
  }

  @Benchmark
  public void dequantize(Work work) {
    kernels.dequantize(floats, blocks, null);
    work.megaweights += ROWS * COLS * 1e-6;
  }

  @Benchmark
  public void quantize(Work work) {
    kernels.quantize(blocks, floats, null, null);
    work.megaweights += ROWS * COLS * 1e-6;
  }
}
