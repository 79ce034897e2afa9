package dev.wootz.kernel;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code attention.h}, whose comments are the specification. A null pool is the calling thread alone. Native structs are
 * prepared once and closed by the caller; a step allocates nothing.
 */
public interface AttentionKernels {
  /** One layer's pages. */
  interface KvLayer extends AutoCloseable {
    @Override
    void close();
  }

  /** @param keys, values [pages, kvHeads, pageTokens, headDim] of f32, f16, bf16, f8_e4m3 or q8_0 */
  KvLayer kvLayer(Tensor keys, Tensor values);

  /** The tokens of a step. The tensors are the caller's to fill before each step; {@link #set} says how much of them counts. */
  interface Batch extends AutoCloseable {
    /**
     * @param maxPositions above every position; more work is laid out for more of them where a device must know beforehand
     */
    void set(int sequences, int tokens, int maxPositions);

    @Override
    void close();
  }

  /** @param begin i32 [sequences + 1]; @param positions i32 [tokens]; @param tables i32 [sequences, pages of a sequence] */
  Batch batch(Tensor begin, Tensor positions, Tensor tables);

  /** @param out f32 [tokens, 2, dim / 2]; @param frequency one per pair; @param tokens how many of positions count */
  void ropeTable(Tensor out, Tensor positions, double[] frequency, double scale, int tokens);

  /** How heads rotate. */
  interface Rope extends AutoCloseable {
    @Override
    void close();
  }

  /** @param table f32 [tokens, 2, dim / 2] */
  Rope rope(Tensor table, int dim, boolean interleaved);

  /** @param q f32 [tokens, heads, headDim]; @param k, v f32 [tokens, kvHeads, headDim]; @param qNorm, kNorm f32 [headDim] or null */
  void qkRopeAppend(Tensor q, Tensor k, Tensor v, @Nullable Tensor qNorm, @Nullable Tensor kNorm, double epsilon, @Nullable Rope rope,
      int heads, Batch batch, KvLayer layer, @Nullable Threads pool);

  /** How heads attend. */
  interface Attention extends AutoCloseable {
    @Override
    void close();
  }

  /** @param softCap 0 for none; @param window 0 for all; @param sinks f32 [heads] or null */
  Attention attention(int heads, float scale, float softCap, int window, @Nullable Tensor sinks);

  long attentionScratch(long tokens, int heads, int headDim, int maxPositions);

  /** Makes new scratch usable; once. */
  default void prepareScratch(Tensor scratch) {}

  /** @param out, q f32 [tokens, heads, headDim] */
  void attend(Tensor out, Tensor q, Attention attention, Batch batch, KvLayer layer, Tensor scratch, @Nullable Threads pool);
}
