package dev.wootz.bench.kernel;

import dev.wootz.kernel.AttentionKernels.Rope;
import dev.wootz.kernel.CacheKernels;
import dev.wootz.kernel.CacheKernels.Layers;
import dev.wootz.kernel.CacheKernels.Span;
import dev.wootz.kernel.CpuAttentionKernels;
import dev.wootz.kernel.CpuCacheKernels;
import dev.wootz.kernel.Threads;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
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
 * Is an edit of a cache as fast as copying its bytes? All 28 layers of Qwen3-0.6B (8 key heads of 128), 2048 tokens, pages of 64 tokens in random
 * order. {@code gigabytes} counts the bytes of the keys and values that move, once. The floor on one thread is {@link #memcpy}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms256m", "-Xmx256m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class KvCacheBenchmark {
  private static final int LAYERS = 28;
  private static final int KV_HEADS = 8;
  private static final int HEAD_DIM = 128;
  private static final int PAGE = 64;
  private static final int TOKENS = 2048;

  /** Half of them hold the tokens, half are free; one more for tokens that begin in the midst of a page. */
  private static final int PAGES = 2 * TOKENS / PAGE + 1;

  @Param({"BF16", "F16", "Q8_0", "F8_E4M3", "F32"})
  DType cache;

  @Param({"1", "2"})
  int threads;

  private final CacheKernels kernels = CpuCacheKernels.get();
  private final List<Memory> owned = new ArrayList<>();
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private Threads pool;
  private Layers layers;
  private Span from;
  private Span to;
  private Rope delta;
  private Tensor pages;

  @Setup
  public void fill() {
    pool = Threads.of(threads);
    Random random = new Random(1);
    byte[] bytes = new byte[1 << 16];
    for (int layer = 0; layer < LAYERS; layer++) {
      for (List<Tensor> tensors : List.of(keys, values)) {
        Tensor tensor = allocate(cache, PAGES, KV_HEADS, PAGE, HEAD_DIM);
        ByteBuffer buffer = tensor.buffer();
        while (buffer.hasRemaining()) {
          random.nextBytes(bytes);
          // Exponents of every type stay small: no infinities and no NaN, which no key has.
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= 0x3F;
          }
          buffer.put(bytes, 0, Math.min(bytes.length, buffer.remaining()));
        }
        tensors.add(tensor);
      }
    }
    layers = kernels.layers(keys, values);
    List<Integer> order = new ArrayList<>(IntStream.range(0, PAGES).boxed().toList());
    Collections.shuffle(order, random);
    int half = TOKENS / PAGE;
    from = kernels.span(table(order.subList(0, half)));
    pages = table(order.subList(half, PAGES));
    to = kernels.span(pages);
    Tensor position = allocate(DType.I32, 1);
    position.buffer().putInt(-7700);
    Tensor angles = allocate(DType.F32, 1, HEAD_DIM);
    double[] frequency = IntStream.range(0, HEAD_DIM / 2).mapToDouble(i -> Math.pow(1e6, -2.0 * i / HEAD_DIM)).toArray();
    CpuAttentionKernels.get().ropeTable(angles, position, frequency, 1, 1);
    delta = CpuAttentionKernels.get().rope(angles, HEAD_DIM, false);
    from.set(half, 0);
  }

  private Tensor table(List<Integer> order) {
    Tensor table = allocate(DType.I32, order.size());
    order.forEach(table.buffer().asIntBuffer()::put);
    return table;
  }

  private Tensor allocate(DType dtype, long... extents) {
    Memory memory = Memory.allocate(dtype.bytes(Shape.of(extents).elements()));
    owned.add(memory);
    return Tensor.over(memory, dtype, extents);
  }

  @TearDown
  public void free() {
    layers.close();
    from.close();
    to.close();
    delta.close();
    pool.close();
    owned.forEach(Memory::close);
  }

  /** As many bytes from one half of each tensor to the other. One thread. */
  @Benchmark
  public void memcpy(Moved moved) {
    for (List<Tensor> tensors : List.of(keys, values)) {
      for (Tensor tensor : tensors) {
        long bytes = cache.bytes((long) TOKENS * KV_HEADS * HEAD_DIM);
        tensor.memory().buffer(bytes, bytes).put(tensor.memory().buffer(0, bytes));
      }
    }
    moved.add(TOKENS, cache);
  }

  /** A fork's copy of what it writes to. */
  @Benchmark
  public void copyPage(Moved moved) {
    to.set(1, 0);
    kernels.move(layers, to, from, PAGE, true, null, pool);
    moved.add(PAGE, cache);
  }

  /** To pages whose tokens are 5 places further on. */
  @Benchmark
  public void move(Moved moved) {
    to.set(TOKENS / PAGE + 1, 5);
    kernels.move(layers, to, from, TOKENS, true, null, pool);
    moved.add(TOKENS, cache);
  }

  /** The keys turn. */
  @Benchmark
  public void shift(Moved moved) {
    to.set(TOKENS / PAGE + 1, 5);
    kernels.move(layers, to, from, TOKENS, true, delta, pool);
    moved.add(TOKENS, cache);
  }

  @Benchmark
  public void clear(Moved moved) {
    kernels.clear(layers, pages, TOKENS / PAGE, pool);
    moved.add(TOKENS, cache);
  }

  /** Bytes of keys and values, in 10^9: JMH divides them by the time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Moved {
    public double gigabytes;

    @Setup(Level.Iteration)
    public void reset() {
      gigabytes = 0;
    }

    void add(int tokens, DType type) {
      gigabytes += 2.0 * LAYERS * type.bytes((long) tokens * KV_HEADS * HEAD_DIM) * 1e-9;
    }
  }
}
