package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_attention_settings;
import dev.wootz.bindings.wz_batch;
import dev.wootz.bindings.wz_kv_cache;
import dev.wootz.bindings.wz_rope;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/** Attention on the CPU. Checks what only Java knows, the sizes of its arguments; the library checks their values. */
public final class CpuAttentionKernels implements AttentionKernels {
  private static final CpuAttentionKernels INSTANCE = new CpuAttentionKernels();

  private CpuAttentionKernels() {}

  public static AttentionKernels get() {
    return INSTANCE;
  }

  /** The tensors are kept, so that their memory outlives the struct. */
  private record CpuLayer(wz_kv_cache struct, Tensor keys, Tensor values, int kvHeads, int pageTokens, int headDim) implements KvLayer {
    @Override
    public void close() {
      struct.close();
    }
  }

  @Override
  public KvLayer kvLayer(Tensor keys, Tensor values) {
    wz_kv_cache struct = new wz_kv_cache();
    try {
      fill(struct, keys, values);
    } catch (Throwable e) {
      struct.close();
      throw e;
    }
    return new CpuLayer(struct, keys, values, struct.kv_heads(), struct.page_tokens(), struct.head_dim());
  }

  /** One layer's pages as the library sees them. */
  static void fill(wz_kv_cache struct, Tensor keys, Tensor values) {
    if (keys.shape().rank() != 4 || !keys.shape().equals(values.shape()) || keys.dtype() != values.dtype()) {
      throw new KernelException(
          "keys and values are two equal tensors [pages, kvHeads, pageTokens, headDim], found " + keys + " and " + values);
    }
    int[] extents = new int[4];
    for (int i = 0; i < 4; i++) {
      extents[i] = Math.toIntExact(keys.shape().extent(i));
    }
    struct.keys(pointer(keys)).values(pointer(values)).dtype(keys.dtype().code());
    struct.pages(extents[0]).kv_heads(extents[1]).page_tokens(extents[2]).head_dim(extents[3]);
  }

  private static final class CpuBatch implements Batch {
    final wz_batch struct = new wz_batch();
    final Tensor begin;
    final Tensor positions;
    final Tensor tables;
    int tokens;

    CpuBatch(Tensor begin, Tensor positions, Tensor tables) {
      this.begin = begin;
      this.positions = positions;
      this.tables = tables;
      struct.begin(ints(begin)).positions(ints(positions)).tables(ints(tables));
      struct.table_stride(Math.toIntExact(tables.shape().cols()));
      set(0, 0);
    }

    @Override
    public void set(int sequences, int tokens) {
      if (sequences < 0 || sequences + 1 > begin.elements() || sequences > tables.shape().rows()) {
        throw new KernelException(
            sequences + " sequences in a batch whose begin has " + begin.elements() + " and whose tables have shape " + tables.shape());
      }
      if (tokens < 0 || tokens > positions.elements()) {
        throw new KernelException(tokens + " tokens in a batch that has " + positions.elements() + " positions");
      }
      struct.sequences(sequences).tokens(tokens);
      this.tokens = tokens;
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  @Override
  public Batch batch(Tensor begin, Tensor positions, Tensor tables) {
    return new CpuBatch(begin, positions, tables);
  }

  @Override
  public void ropeTable(Tensor out, Tensor positions, double[] frequency, double scale, int tokens) {
    atLeast(tokens, positions, "positions");
    atLeast(2L * frequency.length * tokens, out, "out");
    check(wootz.wz_rope_table(floats(out), ints(positions), copied(frequency), scale, tokens, 2 * frequency.length));
  }

  /** The last frequencies in native memory: a model asks with the same at each step, which must not allocate. */
  private record Frequencies(double[] values, DoublePointer pointer) {}

  private volatile @Nullable Frequencies last;

  private DoublePointer copied(double[] frequency) {
    Frequencies known = last;
    if (known == null || !Arrays.equals(known.values, frequency)) {
      known = new Frequencies(frequency.clone(), new DoublePointer(frequency));
      last = known;
    }
    return known.pointer;
  }

  record CpuRope(wz_rope struct, Tensor table, int dim) implements Rope {
    @Override
    public void close() {
      struct.close();
    }
  }

  @Override
  public Rope rope(Tensor table, int dim, boolean interleaved) {
    wz_rope struct = new wz_rope();
    struct.table(floats(table)).dim(dim).interleaved(interleaved ? 1 : 0);
    return new CpuRope(struct, table, dim);
  }

  @Override
  public void qkRopeAppend(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor qNorm, @Nullable Tensor kNorm, double epsilon, @Nullable Rope rope, int heads,
      Batch batch, KvLayer layer, @Nullable Threads pool) {
    CpuBatch of = (CpuBatch) batch;
    CpuLayer into = (CpuLayer) layer;
    CpuRope rotation = (CpuRope) rope;
    long tokens = of.tokens;
    atLeast(tokens * heads * into.headDim, q, "q");
    atLeast(tokens * into.kvHeads * into.headDim, k, "k");
    atLeast(tokens * into.kvHeads * into.headDim, v, "v");
    if (rotation != null) {
      atLeast(tokens * rotation.dim, rotation.table, "the table of rope");
    }
    check(
        wootz.wz_qk_rope_append(
            floats(q), floats(k), floats(v), weight(qNorm, into.headDim, "qNorm"), weight(kNorm, into.headDim, "kNorm"), epsilon,
            rotation == null ? null : rotation.struct, heads, of.struct, into.struct, pool(pool)));
  }

  private record CpuAttention(wz_attention_settings struct, @Nullable Tensor sinks, int heads) implements Attention {
    @Override
    public void close() {
      struct.close();
    }
  }

  @Override
  public Attention attention(int heads, float scale, float softCap, int window, @Nullable Tensor sinks) {
    if (sinks != null) {
      sameElements(heads, sinks, "sinks");
    }
    wz_attention_settings struct = new wz_attention_settings();
    struct.heads(heads).scale(scale).soft_cap(softCap).window(window).sinks(sinks == null ? null : floats(sinks));
    return new CpuAttention(struct, sinks, heads);
  }

  @Override
  public long attentionScratch(long tokens, int heads, int headDim, int maxPositions) {
    return wootz.wz_attention_scratch(tokens, heads, headDim, maxPositions);
  }

  @Override
  public void attend(Tensor out, Tensor q, Attention attention, Batch batch, KvLayer layer, Tensor scratch, @Nullable Threads pool) {
    CpuBatch of = (CpuBatch) batch;
    CpuLayer from = (CpuLayer) layer;
    CpuAttention how = (CpuAttention) attention;
    long elements = (long) of.tokens * how.heads * from.headDim;
    atLeast(elements, out, "out");
    atLeast(elements, q, "q");
    // A table reaches at least to the first position of its last page.
    int positions = Math.toIntExact(Math.max(0, (of.tables.shape().cols() - 1) * from.pageTokens + 1));
    long needed = attentionScratch(of.tokens, how.heads, from.headDim, positions);
    if (scratch.bytes() < needed) {
      throw new KernelException("scratch has " + scratch.bytes() + " bytes, expected at least " + needed);
    }
    check(wootz.wz_attention(floats(out), floats(q), how.struct, of.struct, from.struct, pointer(scratch), pool(pool)));
  }

  private static @Nullable FloatPointer weight(@Nullable Tensor weight, long elements, String what) {
    if (weight == null) {
      return null;
    }
    sameElements(elements, weight, what);
    return floats(weight);
  }
}
