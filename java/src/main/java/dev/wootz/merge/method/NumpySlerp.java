package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

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
    return new InOrder() {
      @Override
      void take(float[] x, float[] y) {
        squares[0].add(x);
        squares[1].add(y);
      }

      @Override
      public Pass finish() {
        return cosine(length(squares[0]), length(squares[1]));
      }
    };
  }

  /** 1 for a vector that is too short to be divided by its length. */
  private static float length(BlasDot squares) {
    float length = (float) Math.sqrt(squares.sum());
    return length > (float) Slerp.SHORTEST ? length : 1;
  }

  private Pass cosine(float length0, float length1) {
    PairwiseSum sum = new PairwiseSum(task.shape().elements());
    return new InOrder() {
      @Override
      void take(float[] x, float[] y) {
        for (int i = 0; i < x.length; i++) {
          x[i] = (x[i] / length0) * (y[i] / length1);
        }
        sum.add(x);
      }

      @Override
      public Pass finish() {
        return output(sum.sum());
      }
    };
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
    float theta = (float) Math.acos(cosine);
    float sine = sin(theta);
    float part = theta * t;
    return new double[] {sin(theta - part) / sine, sin(part) / sine};
  }

  private static float sin(float angle) {
    return (float) Math.sin(angle);
  }

  /** Goes over the two tensors in order, whatever the order of the tiles. Tiles ahead of their turn wait as copies. */
  private abstract class InOrder implements Pass {
    private final Map<Integer, float[][]> waiting = new HashMap<>();
    private int next;

    /** Takes the tensors' next elements; may change them. */
    abstract void take(float[] x, float[] y);

    @Override
    public void tile(Tile tile) {
      float[][] copies = {copy(tile, sources[0]), copy(tile, sources[1])};
      synchronized (this) {
        waiting.put(tile.index(), copies);
        for (float[][] turn = waiting.remove(next); turn != null; turn = waiting.remove(next)) {
          take(turn[0], turn[1]);
          next++;
        }
      }
    }

    private float[] copy(Tile tile, int source) {
      Tensor vector = tile.scratch(DType.F32, tile.elements());
      task.kernels().convert(vector, tile.input(source));
      float[] copy = new float[Math.toIntExact(tile.elements())];
      vector.buffer().asFloatBuffer().get(copy);
      return copy;
    }

    @Override
    public boolean writes() {
      return false;
    }
  }
}
