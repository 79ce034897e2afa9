package dev.wootz.merge;

import dev.wootz.tensor.Tensor;

/**
 * The MT19937 stream of mergekit, placed at the first draw of one tensor. Draw number {@code i} of the tensor decides element
 * {@code i % elements} of the {@code i / elements}-th model that draws.
 */
public interface DrawStream {

  /**
   * keep[j] = draw {@code first + j} &lt; p. May be called for any range, from any thread; neighbouring ranges in order are cheapest.
   *
   * @param keep u8
   * @param p f32 of as many elements, or of one
   */
  void keep(Tensor keep, Tensor p, long first);

  /** For tasks whose method draws nothing. */
  DrawStream NONE =
      (keep, p, first) -> {
        throw new IllegalStateException("this tensor has no draws");
      };
}
