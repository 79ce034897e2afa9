package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;
import java.util.function.Function;

/** A pass that finds the {@link TorchNorm} of several vectors, computed piece by piece, and then knows how to go on. */
final class NormPass implements Pass {
  private final TensorTask task;
  private final Function<Vectors, Tensor[]> vectors;
  private final TorchNorm[] norms;
  private final InOrder<float[][]> tiles = new InOrder<>(this::add);
  private final Function<double[], Pass> next;

  /**
   * @param count of vectors
   * @param type what the vectors' type is in PyTorch
   * @param next takes the norms, float32 values
   */
  NormPass(TensorTask task, int count, Arithmetic type, Function<Vectors, Tensor[]> vectors, Function<double[], Pass> next) {
    this.task = task;
    this.vectors = vectors;
    this.norms = new TorchNorm[count];
    for (int i = 0; i < count; i++) {
      norms[i] = new TorchNorm(type);
    }
    this.next = next;
  }

  @Override
  public void tile(Tile tile) {
    float[][] copies = new float[norms.length][Math.toIntExact(tile.elements())];
    Vectors v = Vectors.pieces(task, tile);
    int first = 0;
    while (v.next()) {
      Tensor[] piece = vectors.apply(v);
      int n = Math.toIntExact(piece[0].elements());
      for (int i = 0; i < piece.length; i++) {
        piece[i].buffer().asFloatBuffer().get(copies[i], first, n);
      }
      first += n;
    }
    tiles.put(tile.index(), copies);
  }

  private void add(float[][] values) {
    for (int i = 0; i < norms.length; i++) {
      norms[i].add(values[i]);
    }
  }

  @Override
  public Pass finish() {
    double[] found = new double[norms.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = norms[i].norm();
    }
    return next.apply(found);
  }

  @Override
  public boolean writes() {
    return false;
  }
}
