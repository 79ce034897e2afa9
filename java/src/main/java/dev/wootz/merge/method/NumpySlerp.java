package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * {@link Slerp} as mergekit computes it: with numpy, in float32 whatever the models' dtypes, sums included. The order of a float32 sum
 * shows in its last bits; {@link BlasDot} and {@link PairwiseSum} keep the order of numpy on processors with AVX2. (With AVX-512 OpenBLAS
 * adds in another order, and mergekit's float32 outputs differ in their last bits from one machine to the other.)
 */
final class NumpySlerp {
  private final TensorTask task;
  private final int[] sources;
  private final float t;
  private final double oneMinusT;

  /** @param sources the base and the other model */
  NumpySlerp(TensorTask task, int[] sources, double t) {
    this.task = task;
    this.sources = sources;
    this.t = (float) t;
    this.oneMinusT = 1 - t;
  }

  Pass start() {
    BlasDot[] squares = {new BlasDot(), new BlasDot()};
    return new Whole(
        (x, y) -> {
          squares[0].add(x);
          squares[1].add(y);
        },
        () -> cosine(length(squares[0]), length(squares[1])));
  }

  /** 1 for a vector that is too short to be divided by its length. */
  private static float length(BlasDot squares) {
    float length = (float) Math.sqrt(squares.sum());
    return length > (float) Slerp.SHORTEST ? length : 1;
  }

  private Pass cosine(float length0, float length1) {
    PairwiseSum sum = new PairwiseSum(task.shape().elements());
    return new Whole(
        (x, y) -> {
          for (int i = 0; i < x.length; i++) {
            x[i] = (x[i] / length0) * (y[i] / length1);
          }
          sum.add(x);
        },
        () -> output(sum.sum()));
  }

  private Pass output(float cosine) {
    Slerp.warnIfOpposite(task, cosine);
    double[] weights = weights(cosine);
    return Pass.output(
        tile -> task.kernels().mergeLinear(tile.output(), SumPass.inputs(tile, sources), null, weights, 1, Arithmetic.F32));
  }

  private double[] weights(float cosine) {
    if (Math.abs(cosine) > (float) Slerp.NEARLY_PARALLEL) {
      return new double[] {oneMinusT, t};
    }
    float theta = NumpyArcCosine.acos(cosine);
    float sine = NumpySine.sin(theta);
    float part = theta * t;
    return new double[] {NumpySine.sin(theta - part) / sine, NumpySine.sin(part) / sine};
  }

  /** Goes over the two tensors as float32 arrays, in order. */
  private final class Whole implements Pass {
    private final InOrder<float[][]> tiles;
    private final Supplier<Pass> next;

    /** @param taker may change the arrays */
    Whole(BiConsumer<float[], float[]> taker, Supplier<Pass> next) {
      this.tiles = new InOrder<>(pair -> taker.accept(pair[0], pair[1]));
      this.next = next;
    }

    @Override
    public void tile(Tile tile) {
      tiles.put(tile.index(), new float[][] {copy(tile, sources[0]), copy(tile, sources[1])});
    }

    private float[] copy(Tile tile, int source) {
      Tensor vector = tile.scratch(DType.F32, tile.elements());
      task.kernels().convert(vector, tile.input(source));
      float[] copy = new float[Math.toIntExact(tile.elements())];
      vector.buffer().asFloatBuffer().get(copy);
      return copy;
    }

    @Override
    public Pass finish() {
      return next.get();
    }

    @Override
    public boolean writes() {
      return false;
    }
  }
}
