package dev.wootz.bench.kernel;

import dev.wootz.kernel.CpuLinearKernels;
import dev.wootz.kernel.LinearKernels;
import dev.wootz.kernel.LinearKernels.Parts;
import dev.wootz.kernel.LinearPart;
import dev.wootz.kernel.Threads;
import dev.wootz.kernel.Weight;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
 * How near is a linear layer to the limits of the machine? With one row of x to its memory bandwidth (counter {@code gigabytes}: the bytes of the
 * weight), with many to its arithmetic ({@code gigaoperations}: a multiplication and an addition are two). The matrices, [3072, 1024] as in
 * Qwen3-0.6B, are 256 MiB together, so that each comes from memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms256m", "-Xmx256m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class LinearBenchmark {
  private static final long ROWS = 3072;
  private static final long COLS = 1024;
  private static final long TOTAL = 256L << 20;

  @Param({"BF16", "F16", "F32", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
  DType type;

  @Param({"1", "512"})
  int m;

  @Param({"1", "2"})
  int threads;

  private final LinearKernels kernels = CpuLinearKernels.get();
  private final List<Memory> owned = new ArrayList<>();
  private final List<Parts> layers = new ArrayList<>();
  private Threads pool;
  private Tensor x;
  private Tensor scratch;
  private long weightBytes;

  @Setup
  public void fill() {
    pool = Threads.of(threads);
    x = allocate(DType.F32, m, COLS);
    FloatBuffer values = x.buffer().asFloatBuffer();
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, (float) Math.sin(i));
    }
    scratch = allocate(DType.U8, kernels.linearScratch(m, COLS));
    Tensor out = allocate(DType.F32, m, ROWS);
    Tensor matrix = allocate(type, ROWS, COLS);
    fill(matrix.buffer());
    boolean packs = kernels.packs(type);
    weightBytes = packs ? kernels.packedBytes(type, ROWS, COLS) : matrix.bytes();
    for (int i = 0; i < TOTAL / weightBytes; i++) {
      Tensor data = packs ? allocate(DType.U8, weightBytes) : allocate(type, ROWS, COLS);
      if (packs) {
        kernels.pack(data, matrix, pool);
      } else {
        data.buffer().put(matrix.buffer());
      }
      layers.add(kernels.parts(List.of(new LinearPart(new Weight(data, type, packs, ROWS, COLS), out))));
    }
  }

  /** Random bits, without the upper two of each byte: no scale is negative, huge or no number. */
  private void fill(ByteBuffer bytes) {
    Random random = new Random(1);
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) (random.nextInt() & 0x3F));
    }
  }

  private Tensor allocate(DType dtype, long... extents) {
    Memory memory = Memory.allocate(dtype.bytes(Shape.of(extents).elements()));
    owned.add(memory);
    return Tensor.over(memory, dtype, extents);
  }

  @Benchmark
  public void linear(Work work) {
    for (Parts layer : layers) {
      kernels.linear(layer, x, COLS, m, scratch, pool);
    }
    work.gigabytes += layers.size() * weightBytes * 1e-9;
    work.gigaoperations += layers.size() * 2e-9 * ROWS * COLS * m;
  }

  @TearDown
  public void free() {
    layers.forEach(Parts::close);
    owned.forEach(Memory::close);
    pool.close();
  }

  /** In 10^9: JMH divides by the time. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Work {
    public double gigabytes;
    public double gigaoperations;

    @Setup(Level.Iteration)
    public void clear() {
      gigabytes = 0;
      gigaoperations = 0;
    }
  }
}
