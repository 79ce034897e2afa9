package dev.wootz.bench.kernel;

import dev.wootz.kernel.CpuTransformerKernels;
import dev.wootz.kernel.Threads;
import dev.wootz.kernel.TransformerKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * What do the small operations of a layer cost, for one token and for a chunk of 512? Shapes of Qwen3-0.6B (1024 wide, 3072 in its MLP) and,
 * for the experts, of Qwen3-30B-A3B (2048 wide, 8 of 128). A decoded token has 57 norms and 28 activations in 0.6B.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms256m", "-Xmx256m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class TransformerBenchmark {
  private static final int WIDTH = 1024;
  private static final int MLP = 3072;
  private static final int EXPERTS = 128;
  private static final int CHOSEN = 8;
  private static final int EXPERT_WIDTH = 2048;

  @Param({"1", "512"})
  int tokens;

  @Param({"1", "2"})
  int threads;

  private final TransformerKernels kernels = CpuTransformerKernels.get();
  private final List<Memory> owned = new ArrayList<>();
  private final Random random = new Random(1);
  private Threads pool;
  private Tensor x;
  private Tensor residual;
  private Tensor weight;
  private Tensor gate;
  private Tensor up;
  private Tensor activated;
  private Tensor normed;
  private Tensor router;
  private Tensor expert;
  private Tensor share;
  private Tensor begin;
  private Tensor rowOf;
  private Tensor place;
  private Tensor y;
  private Tensor combined;

  @Setup
  public void fill() {
    pool = Threads.of(threads);
    x = floats(tokens, WIDTH);
    residual = allocate(DType.F32, tokens, WIDTH); // zeros: x would grow from call to call
    residual.buffer().put(new byte[(int) residual.bytes()]);
    weight = floats(WIDTH);
    gate = floats(tokens, MLP);
    up = floats(tokens, MLP);
    activated = allocate(DType.F32, tokens, MLP);
    normed = allocate(DType.F32, tokens, WIDTH);
    router = floats(tokens, EXPERTS);
    expert = allocate(DType.I32, tokens, CHOSEN);
    share = allocate(DType.F32, tokens, CHOSEN);
    begin = allocate(DType.I32, EXPERTS + 1);
    rowOf = allocate(DType.I32, tokens, CHOSEN);
    place = allocate(DType.I32, tokens, CHOSEN);
    y = floats((long) tokens * CHOSEN, EXPERT_WIDTH);
    combined = floats(tokens, EXPERT_WIDTH);
    route();
    sort();
  }

  @TearDown
  public void free() {
    owned.forEach(Memory::close);
    pool.close();
  }

  @Benchmark
  public void rmsNorm() {
    kernels.rmsNorm(normed, x, null, weight, 1e-6, tokens, pool);
  }

  @Benchmark
  public void rmsNormWithResidual() {
    kernels.rmsNorm(normed, x, residual, weight, 1e-6, tokens, pool);
  }

  @Benchmark
  public void swiglu() {
    kernels.swiglu(activated, gate, up, tokens, MLP, pool);
  }

  @Benchmark
  public void route() {
    kernels.moeRoute(expert, share, router, tokens, EXPERTS, CHOSEN, true);
  }

  @Benchmark
  public void sort() {
    kernels.moeSort(begin, rowOf, place, expert, tokens, EXPERTS, CHOSEN);
  }

  @Benchmark
  public void combine() {
    kernels.moeCombine(combined, y, place, share, tokens, CHOSEN, EXPERT_WIDTH, pool);
  }

  private Tensor floats(long... extents) {
    Tensor tensor = allocate(DType.F32, extents);
    FloatBuffer values = tensor.buffer().asFloatBuffer();
    while (values.hasRemaining()) {
      values.put((float) random.nextGaussian());
    }
    return tensor;
  }

  private Tensor allocate(DType type, long... extents) {
    long elements = 1;
    for (long extent : extents) {
      elements *= extent;
    }
    Memory memory = Memory.allocate(type.bytes(elements));
    owned.add(memory);
    return Tensor.over(memory, type, extents);
  }
}
