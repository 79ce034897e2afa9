package dev.wootz.merge.method;

import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;

/** Which elements of one model's delta stay. */
@FunctionalInterface
interface Trim {
  /** No magnitude lies above 0xFFFFFFFF. */
  MagnitudeRange EMPTY = new MagnitudeRange(0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 0);

  /** All of them. */
  Trim ALL = (tile, x, weight, rescale) -> GtaModel.keepAll(x, weight);

  /** None of them. */
  Trim NONE = (tile, x, weight, rescale) -> GtaModel.keepRange(x, weight, 1, EMPTY);

  /**
   * The model's part in the merge of one tile.
   *
   * @param x the model's elements of the tile
   * @param rescale factor on what stays
   */
  GtaModel part(Tile tile, Tensor x, double weight, double rescale);
}
