package dev.wootz.kernel;

import dev.wootz.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code kv_cache.h}, whose comments are the specification: edits of a paged cache, in all layers at once. A null pool is the
 * calling thread alone. Native structs are prepared once and closed by the caller; an edit allocates nothing on the Java heap.
 */
public interface CacheKernels {
  /** The pages of all layers. */
  interface Layers extends AutoCloseable {
    @Override
    void close();
  }

  /** @param keys, values for each layer [pages, kvHeads, pageTokens, headDim] of f32, f16, bf16, f8_e4m3 or q8_0 */
  Layers layers(List<Tensor> keys, List<Tensor> values);

  /** Places of a block table from one on. The table is the caller's to fill before each edit; {@link #set} says how much of it counts. */
  interface Span extends AutoCloseable {
    /** @param pages entries of the table that count; @param first position of the span's first token */
    void set(int pages, int first);

    @Override
    void close();
  }

  /** @param table i32 [pages of a sequence, at most] */
  Span span(Tensor table);

  /**
   * @param apart whether no page is in both spans: then nothing needs to be kept beside
   * @param delta its table is one row, made with scale 1; null leaves the keys as they are
   */
  void move(Layers layers, Span to, Span from, int count, boolean apart, AttentionKernels.@Nullable Rope delta, @Nullable Threads pool);

  /** @param pages i32; the first count are meant */
  void clear(Layers layers, Tensor pages, int count, @Nullable Threads pool);
}
