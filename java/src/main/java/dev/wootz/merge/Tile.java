package dev.wootz.merge;

import dev.wootz.tensor.Tensor;

/**
 * A piece of a tensor on one thread: its inputs are loaded, its output is to be filled. Tiles cut a tensor in the same places whatever
 * the number of threads. Valid until {@link Pass#tile} returns.
 */
public interface Tile extends Scratch {

  /** Number of this tile within its tensor, from 0. */
  int index();

  /** Flat index of the first element. */
  long first();

  long rows();

  /**
   * Length of the last dimension when the method asked for {@link MergeMethod.Tiling#ROWS} (the tile is then a number of whole rows);
   * otherwise the tile is one row of all its elements.
   */
  long cols();

  default long elements() {
    return rows() * cols();
  }

  /** Source number {@code source} of {@link TensorTask}: [rows, cols], read only, in the dtype of {@link TensorTask#sourceType}. */
  Tensor input(int source);

  /** [rows, cols] of the output's dtype. Only in a pass that writes. */
  Tensor output();
}
