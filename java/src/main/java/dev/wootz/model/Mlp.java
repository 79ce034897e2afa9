package dev.wootz.model;

/** The second half of a decoder layer: adds to the residual stream, row by row. */
interface Mlp extends AutoCloseable {
  void forward(Step step);

  @Override
  void close();
}
