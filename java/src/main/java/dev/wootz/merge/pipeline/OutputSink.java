package dev.wootz.merge.pipeline;

import dev.wootz.merge.Tile;

/** Takes finished pieces of output tensors. Called from several threads, in any order. */
interface OutputSink {
  void piece(TensorWork work, Tile tile);

  /** Every piece has been taken. */
  void finished(TensorWork work);
}
