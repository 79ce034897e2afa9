package dev.wootz.model;

/** One layer of a decoder: attention, then MLP, both adding to the residual stream. */
final class DecoderLayer implements AutoCloseable {
  private final SelfAttention attention;
  private final Mlp mlp;

  DecoderLayer(SelfAttention attention, Mlp mlp) {
    this.attention = attention;
    this.mlp = mlp;
  }

  void forward(Step step, int rows) {
    attention.forward(step, rows);
    mlp.forward(step, rows);
  }

  @Override
  public void close() {
    attention.close();
    mlp.close();
  }
}
