package dev.wootz.kernel;

import static dev.wootz.kernel.CudaArguments.check;
import static dev.wootz.kernel.CudaArguments.floats;
import static dev.wootz.kernel.CudaArguments.floatsOrNull;
import static dev.wootz.kernel.CudaArguments.ints;
import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.bytesAtLeast;
import static dev.wootz.kernel.NativeArguments.on;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/** {@link AttentionKernels} on the stream of a CUDA device, as {@code cuda_attention.h} says. Pools are of no use here. */
final class CudaAttentionKernels implements AttentionKernels, AutoCloseable {
  private final CudaStream stream;
  private final int device;

  /** The last frequencies: a model asks with the same at each step. */
  private double[] frequency = {};

  private @Nullable Mirror frequencyMirror;
  private @Nullable DoublePointer frequencyPointer;

  CudaAttentionKernels(CudaStream stream) {
    this.stream = stream;
    this.device = stream.device();
  }

  @Override
  public KvLayer kvLayer(Tensor keys, Tensor values) {
    return PreparedAttention.Layer.of(keys, values, device);
  }

  @Override
  public Batch batch(Tensor begin, Tensor positions, Tensor tables) {
    return new PreparedAttention.Tokens(begin, positions, tables, device);
  }

  @Override
  public void ropeTable(Tensor out, Tensor positions, double[] frequency, double scale, int tokens) {
    atLeast(tokens, positions, "positions");
    atLeast(2L * frequency.length * tokens, out, "out");
    DoublePointer known = uploaded(frequency);
    check(
        wootz_cuda.wz_cuda_rope_table(
            floats(out, device), ints(positions, device), known, scale, tokens, 2 * frequency.length, stream.pointer()));
  }

  private DoublePointer uploaded(double[] wanted) {
    DoublePointer known = frequencyPointer;
    if (known != null && Arrays.equals(frequency, wanted)) {
      return known;
    }
    close();
    Mirror mirror = new Mirror(stream, DType.F64, wanted.length);
    frequencyMirror = mirror;
    mirror.host().buffer().asDoubleBuffer().put(wanted);
    mirror.upload(mirror.host().bytes());
    frequency = wanted.clone();
    known = new DoublePointer(mirror.device().pointer());
    frequencyPointer = known;
    return known;
  }

  @Override
  public Rope rope(Tensor table, int dim, boolean interleaved) {
    return PreparedAttention.Rotation.of(table, dim, interleaved, device);
  }

  @Override
  public void qkRopeAppend(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor qNorm, @Nullable Tensor kNorm, double epsilon, @Nullable Rope rope, int heads,
      Batch batch, KvLayer layer, @Nullable Threads pool) {
    PreparedAttention.Tokens of = (PreparedAttention.Tokens) batch;
    PreparedAttention.Layer into = (PreparedAttention.Layer) layer;
    PreparedAttention.Rotation rotation = (PreparedAttention.Rotation) rope;
    PreparedAttention.checkAppend(q, k, v, rotation, heads, of, into);
    if (qNorm != null) {
      sameElements(into.headDim(), qNorm, "qNorm");
    }
    if (kNorm != null) {
      sameElements(into.headDim(), kNorm, "kNorm");
    }
    check(
        wootz_cuda.wz_cuda_qk_rope_append(
            floats(q, device), floats(k, device), floats(v, device), floatsOrNull(qNorm, device), floatsOrNull(kNorm, device), epsilon,
            rotation == null ? null : rotation.struct(), heads, of.struct, into.struct(), stream.pointer()));
  }

  @Override
  public Attention attention(int heads, float scale, float softCap, int window, @Nullable Tensor sinks) {
    return PreparedAttention.Settings.of(heads, scale, softCap, window, sinks, device);
  }

  @Override
  public long attentionScratch(long tokens, int heads, int headDim, int maxPositions) {
    return wootz_cuda.wz_cuda_attention_scratch(tokens, heads, headDim, maxPositions);
  }

  @Override
  public void prepareScratch(Tensor scratch) {
    check(wootz_cuda.wz_cuda_attention_scratch_clear(on(device, scratch), stream.pointer()));
  }

  @Override
  public void attend(Tensor out, Tensor q, Attention attention, Batch batch, KvLayer layer, Tensor scratch, @Nullable Threads pool) {
    PreparedAttention.Tokens of = (PreparedAttention.Tokens) batch;
    PreparedAttention.Layer from = (PreparedAttention.Layer) layer;
    PreparedAttention.Settings how = (PreparedAttention.Settings) attention;
    PreparedAttention.checkAttend(out, q, how, of, from);
    bytesAtLeast(attentionScratch(of.tokens, how.heads(), from.headDim(), of.maxPositions), scratch, "scratch");
    check(
        wootz_cuda.wz_cuda_attention(
            floats(out, device), floats(q, device), how.struct(), of.struct, from.struct(), on(device, scratch), of.maxPositions,
            stream.pointer()));
  }

  /** Frees the frequencies. */
  @Override
  public void close() {
    Mirror known = frequencyMirror;
    frequencyMirror = null;
    frequencyPointer = null;
    if (known != null) {
      known.close();
    }
  }
}
