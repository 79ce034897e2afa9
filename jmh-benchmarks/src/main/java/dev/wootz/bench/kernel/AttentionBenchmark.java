package dev.wootz.bench.kernel;

import dev.wootz.kernel.AttentionKernels;
import dev.wootz.kernel.AttentionKernels.Attention;
import dev.wootz.kernel.AttentionKernels.Batch;
import dev.wootz.kernel.AttentionKernels.KvLayer;
import dev.wootz.kernel.AttentionKernels.Rope;
import dev.wootz.kernel.CpuAttentionKernels;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.kernel.Threads;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * How far is the attention of a decoding token from reading its keys and values once, and the attention of a prompt from the multiply-adds of the
 * processor? All 28 layers of Qwen3-0.6B (16 heads, 8 key heads of 128), each with a cache of its own, so that keys and values come from memory;
 * pages of 64 tokens in random order. {@code gigabytes} counts the bytes of the keys and values that are seen, {@code gflops} 4 operations for
 * each query, element and key that it sees. The floor of decoding on one thread is {@link #read}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms256m", "-Xmx256m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class AttentionBenchmark {
  private static final int LAYERS = 28;
  private static final int HEADS = 16;
  private static final int KV_HEADS = 8;
  private static final int HEAD_DIM = 128;
  private static final int PAGE = 64;
  private static final int PROMPT = 512;

  /** Positions before the token or the prompt. */
  @Param({"0", "4096"})
  int depth;

  @Param({"F16", "BF16", "Q8_0", "F8_E4M3", "F32"})
  DType cache;

  @Param({"1", "2"})
  int threads;

  private final AttentionKernels kernels = CpuAttentionKernels.get();
  private final Kernels tensors = CpuKernels.get();
  private final List<Memory> owned = new ArrayList<>();
  private final List<KvLayer> layers = new ArrayList<>();
  private final List<Tensor> caches = new ArrayList<>();
  private Threads pool;
  private Tensor q;
  private Tensor k;
  private Tensor v;
  private Tensor out;
  private Tensor norm;
  private Tensor scratch;
  private Attention attention;
  private Rope rope;
  private Batch token;
  private Batch prompt;

  @Setup
  public void fill() {
    pool = Threads.of(threads);
    int pages = (depth + PROMPT) / PAGE;
    Tensor tables = allocate(DType.I32, 1, pages);
    List<Integer> order = new ArrayList<>(IntStream.range(0, pages).boxed().toList());
    Collections.shuffle(order, new Random(1));
    IntBuffer table = tables.buffer().asIntBuffer();
    order.forEach(table::put);
    for (int layer = 0; layer < LAYERS; layer++) {
      Tensor keys = allocate(cache, pages, KV_HEADS, PAGE, HEAD_DIM);
      Tensor values = allocate(cache, pages, KV_HEADS, PAGE, HEAD_DIM);
      caches.add(keys);
      caches.add(values);
      layers.add(kernels.kvLayer(keys, values));
    }
    q = normal("q", PROMPT, HEADS, HEAD_DIM);
    k = normal("k", PROMPT, KV_HEADS, HEAD_DIM);
    v = normal("v", PROMPT, KV_HEADS, HEAD_DIM);
    out = allocate(DType.F32, PROMPT, HEADS, HEAD_DIM);
    norm = normal("norm", HEAD_DIM);
    scratch = allocate(DType.U8, kernels.attentionScratch(PROMPT, HEADS, HEAD_DIM, depth + PROMPT));
    attention = kernels.attention(HEADS, (float) (1 / Math.sqrt(HEAD_DIM)), 0, 0, null);
    Tensor angles = allocate(DType.F32, PROMPT, 2, HEAD_DIM / 2);
    double[] frequency = IntStream.range(0, HEAD_DIM / 2).mapToDouble(i -> Math.pow(1e6, -2.0 * i / HEAD_DIM)).toArray();
    rope = kernels.rope(angles, HEAD_DIM, false);
    token = batch(depth, 1, tables);
    prompt = batch(depth, PROMPT, tables);
    for (int first = 0; first < depth + PROMPT; first += PROMPT) {
      Tensor positions = positions(first, PROMPT);
      kernels.ropeTable(angles, positions, frequency, 1, PROMPT);
      try (Batch part = batch(first, PROMPT, tables)) {
        append(part);
      }
    }
  }

  @TearDown
  public void free() {
    layers.forEach(KvLayer::close);
    token.close();
    prompt.close();
    rope.close();
    attention.close();
    pool.close();
    owned.forEach(Memory::close);
  }

  /** All keys and values, as float32 whatever they are. One thread. */
  @Benchmark
  public double read(Work work) {
    double sum = 0;
    for (int i = 0; i < caches.size(); i += 2) {
      sum += tensors.vectorDot(words(caches.get(i)), words(caches.get(i + 1)));
      work.gigabytes += 2 * caches.get(i).bytes() * 1e-9;
    }
    return sum;
  }

  @Benchmark
  public void decode(Work work) {
    attend(token);
    work.add(depth + 1, depth + 1, cache);
  }

  @Benchmark
  public void prefill(Work work) {
    attend(prompt);
    work.add(PROMPT * (depth + (PROMPT + 1) / 2.0), depth + PROMPT, cache);
  }

  @Benchmark
  public void appendToken() {
    append(token);
  }

  @Benchmark
  public void appendPrompt() {
    append(prompt);
  }

  private void attend(Batch batch) {
    for (KvLayer layer : layers) {
      kernels.attend(out, q, attention, batch, layer, scratch, pool);
    }
  }

  private void append(Batch batch) {
    for (KvLayer layer : layers) {
      kernels.qkRopeAppend(q, k, v, norm, norm, 1e-6, rope, HEADS, batch, layer, pool);
    }
  }

  private Batch batch(int first, int count, Tensor tables) {
    Tensor begin = allocate(DType.I32, 2);
    begin.buffer().asIntBuffer().put(0).put(count);
    Batch batch = kernels.batch(begin, positions(first, count), tables);
    batch.set(1, count, first + count);
    return batch;
  }

  private Tensor positions(int first, int count) {
    Tensor positions = allocate(DType.I32, count);
    positions.buffer().asIntBuffer().put(IntStream.range(first, first + count).toArray());
    return positions;
  }

  private Tensor normal(String name, long... extents) {
    Tensor tensor = allocate(DType.F32, extents);
    tensors.philoxNormal(tensor, tensors.philoxKey(1, name, 0), 0, 0, 1);
    return tensor;
  }

  private Tensor allocate(DType dtype, long... extents) {
    Memory memory = Memory.allocate(dtype.bytes(Shape.of(extents).elements()));
    owned.add(memory);
    return Tensor.over(memory, dtype, extents);
  }

  private static Tensor words(Tensor tensor) {
    return new Tensor(tensor.memory(), tensor.offset(), DType.F32, Shape.of(tensor.bytes() / Float.BYTES));
  }

  /** What was read and computed, in 10^9: JMH divides it by the time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    public double gigabytes;
    public double gflops;

    @Setup(Level.Iteration)
    public void clear() {
      gigabytes = 0;
      gflops = 0;
    }

    void add(double pairs, double keys, DType cache) {
      gigabytes += 2.0 * LAYERS * KV_HEADS * keys * cache.bytes(HEAD_DIM) * 1e-9;
      gflops += 4.0 * LAYERS * HEADS * HEAD_DIM * pairs * 1e-9;
    }
  }
}
