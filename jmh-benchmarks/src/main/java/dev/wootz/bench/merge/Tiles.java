package dev.wootz.bench.merge;

import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Cuts tensors as the merge pipeline does, so that scratch memory stays in the cache. */
final class Tiles {
  static final long ROWS = 128;

  private Tiles() {}

  /** The tiles of {@code tensor} [rows, cols], 128 rows each. */
  static List<Tensor> of(Tensor tensor) {
    long cols = tensor.shape().cols();
    List<Tensor> tiles = new ArrayList<>();
    for (long row = 0; row < tensor.shape().rows(); row += ROWS) {
      long rows = Math.min(ROWS, tensor.shape().rows() - row);
      long offset = tensor.offset() + row * cols * tensor.dtype().bytes();
      tiles.add(new Tensor(tensor.memory(), offset, tensor.dtype(), Shape.of(rows, cols)));
    }
    return tiles;
  }
}
