package dev.wootz.model;

/** The second half of a decoder layer: adds to the residual stream, row by row. */
interface Mlp extends AutoCloseable {
  /** @param rows tokens to compute: the step's, or some more that nobody reads */
  void forward(Step step, int rows);

  @Override
  void close();
}
