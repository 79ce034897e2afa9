package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** A pass that sums over the whole tensor and then knows how to go on. */
final class SumPass implements Pass {

  /** Adds what a tile contributes to {@code sums}, which come cleared. */
  interface Body {
    void add(Tile tile, double[] sums);
  }

  private final Body body;
  private final double[] total;
  private final InOrder<double[]> contributions = new InOrder<>(this::add);
  private final Function<double[], Pass> next;

  SumPass(int length, Body body, Function<double[], Pass> next) {
    this.body = body;
    this.total = new double[length];
    this.next = next;
  }

  /** @param base source number, -1 for the Gram matrix of the sources themselves instead of their deltas */
  static SumPass gram(TensorTask task, int[] sources, int base, Function<Gram, Pass> next) {
    int k = sources.length;
    return new SumPass(
        k * k,
        (tile, sums) -> task.kernels().mergeGram(sums, inputs(tile, sources), base < 0 ? null : tile.input(base)),
        sums -> next.apply(new Gram(sums, k)));
  }

  static List<Tensor> inputs(Tile tile, int[] sources) {
    Tensor[] inputs = new Tensor[sources.length];
    for (int i = 0; i < sources.length; i++) {
      inputs[i] = tile.input(sources[i]);
    }
    return List.of(inputs);
  }

  @Override
  public void tile(Tile tile) {
    double[] mine = new double[total.length];
    body.add(tile, mine);
    contributions.put(tile.index(), mine);
  }

  private void add(double[] sums) {
    for (int i = 0; i < total.length; i++) {
      total[i] += sums[i];
    }
  }

  @Override
  public Pass finish() {
    return next.apply(total);
  }

  @Override
  public boolean writes() {
    return false;
  }
}
