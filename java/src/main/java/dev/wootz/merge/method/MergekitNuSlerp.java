package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;

/**
 * {@link NuSlerp} with mergekit's rounding: lengths, cosine, angle and sines in the compute type, linear only where |sin theta| is below
 * 1e-8 (which opposite float32 vectors are not: sin(float32 pi) = -8.7e-8).
 */
final class MergekitNuSlerp {
  private static final double SMALLEST_SINE = 1e-8;

  private final TensorTask task;
  private final TorchScalars scalars;
  private final int[] sources;
  private final double t;

  /** (first x_1 + second x_2) / sine. */
  private record Arc(double first, double second, double sine) {
    boolean degenerate() {
      return Math.abs(sine) < SMALLEST_SINE;
    }
  }

  MergekitNuSlerp(TensorTask task, int[] sources, double t) {
    this.task = task;
    this.scalars = new TorchScalars(task);
    this.sources = sources;
    this.t = t;
  }

  Pass start(NuSlerp.Axis axis) {
    return switch (axis) {
      case TENSOR -> Vectors.sums(task, 2, this::addSquares, squares -> cosine(length(squares[0]), length(squares[1])));
      case ROW -> Pass.output(this::rows);
      case COLUMN -> columns(Math.toIntExact(task.shape().cols()));
    };
  }

  private Pass cosine(double length0, double length1) {
    return Vectors.sums(
        task,
        1,
        (v, sums) -> sums[0] += v.sum(products(v, length0, length1)),
        sums -> {
          Arc arc = arc(sums[0]);
          return Vectors.output(task, v -> write(v, arc));
        });
  }

  private void rows(Tile tile) {
    Vectors v = Vectors.rows(task, tile);
    while (v.next()) {
      double[] squares = new double[2];
      addSquares(v, squares);
      write(v, arc(v.sum(products(v, length(squares[0]), length(squares[1])))));
    }
  }

  private void addSquares(Vectors v, double[] squares) {
    for (int i = 0; i < 2; i++) {
      Tensor x = v.input(sources[i], task.base());
      squares[i] += v.dot(x, x);
    }
  }

  private Tensor products(Vectors v, double length0, double length1) {
    Tensor u = v.divideBy(v.vector(), v.input(sources[0], task.base()), length0);
    return v.multiply(u, u, v.divideBy(v.vector(), v.input(sources[1], task.base()), length1));
  }

  private double length(double squares) {
    return Math.max(scalars.norm(squares), scalars.round(NuSlerp.SHORTEST));
  }

  private Arc arc(double cosine) {
    double theta = scalars.acos(scalars.cosine(cosine));
    double first = scalars.sin(scalars.multiply(theta, 1 - t));
    return new Arc(first, scalars.sin(scalars.multiply(theta, t)), scalars.sin(theta));
  }

  private void write(Vectors v, Arc arc) {
    Tensor x = v.input(sources[0], task.base());
    Tensor y = v.input(sources[1], task.base());
    Tensor sum = v.scale(v.vector(), x, arc.degenerate() ? 1 - t : arc.first);
    v.add(sum, sum, v.scale(v.vector(), y, arc.degenerate() ? t : arc.second));
    store(v, arc.degenerate() ? sum : v.divideBy(sum, sum, arc.sine));
  }

  private void store(Vectors v, Tensor result) {
    v.store(task.hasBase() ? v.add(result, result, v.input(task.base())) : result);
  }

  private Pass columns(int cols) {
    return new SumPass(
        4 * cols,
        (tile, sums) -> {
          Vectors v = Vectors.rows(task, tile);
          while (v.next()) {
            v.columnProducts(sums, v.input(sources[0], task.base()), v.input(sources[1], task.base()));
          }
        },
        sums -> {
          float[][] lengths = new float[2][cols];
          for (int col = 0; col < cols; col++) {
            lengths[0][col] = (float) length(sums[col]);
            lengths[1][col] = (float) length(sums[3 * cols + col]);
          }
          return columnCosines(cols, lengths);
        });
  }

  private Pass columnCosines(int cols, float[][] lengths) {
    return new SumPass(
        4 * cols,
        (tile, sums) -> {
          Vectors v = Vectors.rows(task, tile);
          Tensor length0 = vector(tile, lengths[0]);
          Tensor length1 = vector(tile, lengths[1]);
          while (v.next()) {
            Tensor u = v.divide(v.vector(), v.input(sources[0], task.base()), length0);
            v.multiply(u, u, v.divide(v.vector(), v.input(sources[1], task.base()), length1));
            v.columnProducts(sums, u, v.ones());
          }
        },
        sums -> {
          Arc[] arcs = new Arc[cols];
          for (int col = 0; col < cols; col++) {
            arcs[col] = arc(sums[cols + col]);
          }
          return Pass.output(tile -> writeColumns(tile, arcs));
        });
  }

  private void writeColumns(Tile tile, Arc[] arcs) {
    float[] first = new float[arcs.length];
    float[] second = new float[arcs.length];
    float[] sine = new float[arcs.length];
    for (int col = 0; col < arcs.length; col++) {
      // Dividing by 1 changes nothing. The weights of a line are numbers, but those of an arc are already rounded.
      boolean line = arcs[col].degenerate();
      first[col] = (float) (line ? 1 - t : arcs[col].first);
      second[col] = (float) (line ? t : arcs[col].second);
      sine[col] = line ? 1 : (float) arcs[col].sine;
    }
    Tensor a = vector(tile, first);
    Tensor b = vector(tile, second);
    Tensor s = vector(tile, sine);
    Vectors v = Vectors.rows(task, tile);
    while (v.next()) {
      Tensor sum = v.multiply(v.vector(), v.input(sources[0], task.base()), a);
      v.add(sum, sum, v.multiply(v.vector(), v.input(sources[1], task.base()), b));
      store(v, v.divide(sum, sum, s));
    }
  }

  private static Tensor vector(Tile tile, float[] values) {
    Tensor vector = tile.scratch(DType.F32, values.length);
    FloatBuffer buffer = vector.buffer().asFloatBuffer();
    buffer.put(values);
    return vector;
  }
}
