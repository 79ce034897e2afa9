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

  /** The result is (first x_1 + second x_2) / sine; a line divides by 1, which changes nothing. */
  private record Arc(double first, double second, double sine) {}

  MergekitNuSlerp(TensorTask task, int[] sources, double t) {
    this.task = task;
    this.scalars = new TorchScalars(task);
    this.sources = sources;
    this.t = t;
  }

  Pass start(NuSlerp.Axis axis) {
    return switch (axis) {
      case TENSOR -> new NormPass(task, 2, scalars.arithmetic(), this::vectors, norms -> cosine(length(norms[0]), length(norms[1])));
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
      Tensor[] x = vectors(v);
      write(v, arc(v.sum(products(v, length(v.norm(x[0])), length(v.norm(x[1]))))));
    }
  }

  /** The x_i, or their deltas. */
  private Tensor[] vectors(Vectors v) {
    return new Tensor[] {v.input(sources[0], task.base()), v.input(sources[1], task.base())};
  }

  private Tensor products(Vectors v, double length0, double length1) {
    Tensor[] x = vectors(v);
    Tensor u = v.divideBy(v.vector(), x[0], length0);
    return v.multiply(u, u, v.divideBy(v.vector(), x[1], length1));
  }

  private double length(double norm) {
    return Math.max(scalars.round(norm), scalars.round(NuSlerp.SHORTEST));
  }

  private Arc arc(double cosine) {
    double theta = scalars.acos(scalars.cosine(cosine));
    double sine = scalars.sin(theta);
    // In float16 the bound rounds to 0, so that parallel vectors give 0 / 0.
    if (Math.abs(sine) < scalars.round(SMALLEST_SINE)) {
      return new Arc(1 - t, t, 1);
    }
    return new Arc(scalars.sin(scalars.multiply(theta, 1 - t)), scalars.sin(scalars.multiply(theta, t)), sine);
  }

  private void write(Vectors v, Arc arc) {
    Tensor[] x = vectors(v);
    Tensor sum = v.scale(v.vector(), x[0], arc.first);
    v.add(sum, sum, v.scale(v.vector(), x[1], arc.second));
    store(v, v.divideBy(sum, sum, arc.sine));
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
            Tensor[] x = vectors(v);
            v.columnProducts(sums, x[0], x[1]);
          }
        },
        sums -> {
          float[][] lengths = new float[2][cols];
          for (int col = 0; col < cols; col++) {
            lengths[0][col] = (float) length(Math.sqrt(sums[col]));
            lengths[1][col] = (float) length(Math.sqrt(sums[3 * cols + col]));
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
            Tensor[] x = vectors(v);
            Tensor u = v.divide(v.vector(), x[0], length0);
            v.multiply(u, u, v.divide(v.vector(), x[1], length1));
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
      first[col] = (float) arcs[col].first;
      second[col] = (float) arcs[col].second;
      sine[col] = (float) arcs[col].sine;
    }
    Tensor a = vector(tile, first);
    Tensor b = vector(tile, second);
    Tensor s = vector(tile, sine);
    Vectors v = Vectors.rows(task, tile);
    while (v.next()) {
      Tensor[] x = vectors(v);
      Tensor sum = v.multiply(v.vector(), x[0], a);
      v.add(sum, sum, v.multiply(v.vector(), x[1], b));
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
