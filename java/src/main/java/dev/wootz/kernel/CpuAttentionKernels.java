package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.Memory;
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

  @Override
  public KvLayer kvLayer(Tensor keys, Tensor values) {
    return PreparedAttention.Layer.of(keys, values, Memory.HOST);
  }

  @Override
  public Batch batch(Tensor begin, Tensor positions, Tensor tables) {
    return new PreparedAttention.Tokens(begin, positions, tables, Memory.HOST);
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

  @Override
  public Rope rope(Tensor table, int dim, boolean interleaved) {
    return PreparedAttention.Rotation.of(table, dim, interleaved, Memory.HOST);
  }

  @Override
  public void qkRopeAppend(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor qNorm, @Nullable Tensor kNorm, double epsilon, @Nullable Rope rope, int heads,
      Batch batch, KvLayer layer, @Nullable Threads pool) {
    PreparedAttention.Tokens of = (PreparedAttention.Tokens) batch;
    PreparedAttention.Layer into = (PreparedAttention.Layer) layer;
    PreparedAttention.Rotation rotation = (PreparedAttention.Rotation) rope;
    PreparedAttention.checkAppend(q, k, v, rotation, heads, of, into);
    check(
        wootz.wz_qk_rope_append(
            floats(q), floats(k), floats(v), weight(qNorm, into.headDim(), "qNorm"), weight(kNorm, into.headDim(), "kNorm"), epsilon,
            rotation == null ? null : rotation.struct(), heads, of.struct, into.struct(), pool(pool)));
  }

  @Override
  public Attention attention(int heads, float scale, float softCap, int window, @Nullable Tensor sinks) {
    return PreparedAttention.Settings.of(heads, scale, softCap, window, sinks, Memory.HOST);
  }

  @Override
  public long attentionScratch(long tokens, int heads, int headDim, int maxPositions) {
    return wootz.wz_attention_scratch(tokens, heads, headDim, maxPositions);
  }

  @Override
  public void attend(Tensor out, Tensor q, Attention attention, Batch batch, KvLayer layer, Tensor scratch, @Nullable Threads pool) {
    PreparedAttention.Tokens of = (PreparedAttention.Tokens) batch;
    PreparedAttention.Layer from = (PreparedAttention.Layer) layer;
    PreparedAttention.Settings how = (PreparedAttention.Settings) attention;
    PreparedAttention.checkAttend(out, q, how, of, from);
    // A table reaches at least to the first position of its last page.
    int positions = Math.toIntExact(Math.max(0, (of.tables.shape().cols() - 1) * from.pageTokens() + 1));
    long needed = attentionScratch(of.tokens, how.heads(), from.headDim(), positions);
    if (scratch.bytes() < needed) {
      throw new KernelException("scratch has " + scratch.bytes() + " bytes, expected at least " + needed);
    }
    check(wootz.wz_attention(floats(out), floats(q), how.struct(), of.struct, from.struct(), pointer(scratch), pool(pool)));
  }

  private static @Nullable FloatPointer weight(@Nullable Tensor weight, long elements, String what) {
    if (weight == null) {
      return null;
    }
    sameElements(elements, weight, what);
    return floats(weight);
  }
}
