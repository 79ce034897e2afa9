package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.sameElements;

import dev.wootz.bindings.wz_attention_settings;
import dev.wootz.bindings.wz_batch;
import dev.wootz.bindings.wz_kv_cache;
import dev.wootz.bindings.wz_rope;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The native structs of {@code attention.h}, which are the same for every device: host memory whose pointers lead to where the tensors are. Each keeps
 * its tensors, so that their memory outlives it.
 */
final class PreparedAttention {
  private PreparedAttention() {}

  record Layer(wz_kv_cache struct, Tensor keys, Tensor values, int kvHeads, int pageTokens, int headDim) implements AttentionKernels.KvLayer {
    static Layer of(Tensor keys, Tensor values, int device) {
      wz_kv_cache struct = new wz_kv_cache();
      try {
        fill(struct, keys, values, device);
      } catch (Throwable e) {
        struct.close();
        throw e;
      }
      return new Layer(struct, keys, values, struct.kv_heads(), struct.page_tokens(), struct.head_dim());
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  /** One layer's pages as the library sees them. */
  static void fill(wz_kv_cache struct, Tensor keys, Tensor values, int device) {
    if (keys.shape().rank() != 4 || !keys.shape().equals(values.shape()) || keys.dtype() != values.dtype()) {
      throw new KernelException(
          "keys and values are two equal tensors [pages, kvHeads, pageTokens, headDim], found " + keys + " and " + values);
    }
    int[] extents = new int[4];
    for (int i = 0; i < 4; i++) {
      extents[i] = Math.toIntExact(keys.shape().extent(i));
    }
    struct.keys(NativeArguments.on(device, keys)).values(NativeArguments.on(device, values)).dtype(keys.dtype().code());
    struct.pages(extents[0]).kv_heads(extents[1]).page_tokens(extents[2]).head_dim(extents[3]);
  }

  static final class Tokens implements AttentionKernels.Batch {
    final wz_batch struct = new wz_batch();
    final Tensor begin;
    final Tensor positions;
    final Tensor tables;
    int tokens;
    int maxPositions;

    Tokens(Tensor begin, Tensor positions, Tensor tables, int device) {
      this.begin = begin;
      this.positions = positions;
      this.tables = tables;
      struct.begin(ints(begin, device)).positions(ints(positions, device)).tables(ints(tables, device));
      struct.table_stride(Math.toIntExact(tables.shape().cols()));
      set(0, 0, 1);
    }

    @Override
    public void set(int sequences, int tokens, int maxPositions) {
      if (sequences < 0 || sequences + 1 > begin.elements() || sequences > tables.shape().rows()) {
        throw new KernelException(
            sequences + " sequences in a batch whose begin has " + begin.elements() + " and whose tables have shape " + tables.shape());
      }
      if (tokens < 0 || tokens > positions.elements()) {
        throw new KernelException(tokens + " tokens in a batch that has " + positions.elements() + " positions");
      }
      struct.sequences(sequences).tokens(tokens);
      this.tokens = tokens;
      this.maxPositions = maxPositions;
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  record Rotation(wz_rope struct, Tensor table, int dim) implements AttentionKernels.Rope {
    static Rotation of(Tensor table, int dim, boolean interleaved, int device) {
      wz_rope struct = new wz_rope();
      struct.table(floats(table, device)).dim(dim).interleaved(interleaved ? 1 : 0);
      return new Rotation(struct, table, dim);
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  record Settings(wz_attention_settings struct, @Nullable Tensor sinks, int heads) implements AttentionKernels.Attention {
    static Settings of(int heads, float scale, float softCap, int window, @Nullable Tensor sinks, int device) {
      if (sinks != null) {
        sameElements(heads, sinks, "sinks");
      }
      wz_attention_settings struct = new wz_attention_settings();
      struct.heads(heads).scale(scale).soft_cap(softCap).window(window).sinks(sinks == null ? null : floats(sinks, device));
      return new Settings(struct, sinks, heads);
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  /** Throws where a tensor is too small for the tokens of the batch. */
  static void checkAppend(Tensor q, Tensor k, Tensor v, @Nullable Rotation rope, int heads, Tokens batch, Layer layer) {
    long tokens = batch.tokens;
    atLeast(tokens * heads * layer.headDim, q, "q");
    atLeast(tokens * layer.kvHeads * layer.headDim, k, "k");
    atLeast(tokens * layer.kvHeads * layer.headDim, v, "v");
    if (rope != null) {
      atLeast(tokens * rope.dim, rope.table, "the table of rope");
    }
  }

  /** Throws where a tensor is too small for the tokens of the batch. */
  static void checkAttend(Tensor out, Tensor q, Settings how, Tokens batch, Layer layer) {
    long elements = (long) batch.tokens * how.heads * layer.headDim;
    atLeast(elements, out, "out");
    atLeast(elements, q, "q");
  }

  private static FloatPointer floats(Tensor tensor, int device) {
    return (FloatPointer) on(device, NativeArguments.checked(tensor, DType.F32));
  }

  private static IntPointer ints(Tensor tensor, int device) {
    return (IntPointer) on(device, NativeArguments.checked(tensor, DType.I32));
  }

  private static Pointer on(int device, Tensor tensor) {
    return NativeArguments.on(device, tensor);
  }
}
