package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.kit.Elements;
import dev.wootz.merge.kit.InMemoryMerge;
import dev.wootz.tensor.DType;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** One tensor of several models as random float arrays, rounded to their dtype. */
record Checkpoints(DType type, long[] shape, float[] base, float[][] x) {

  /** How the models lie to each other. */
  enum Kind {
    /** A common base, a common direction, noise of their own; some elements untouched. */
    TUNED,
    /** Directions of their own, lengths apart by a factor of 2. */
    UNRELATED,
    /** Apart by 1e-3 of their length. */
    NEARLY_PARALLEL,
    /** The second model points away from the first, up to 5 % of noise. */
    NEARLY_OPPOSITE,
    /** The last model is zero. */
    WITH_A_ZERO
  }

  static Checkpoints of(Kind kind, DType type, int models, long... shape) {
    int n = 1;
    for (long extent : shape) {
      n *= (int) extent;
    }
    Random random = new Random(31L * n + models);
    float[] base = new float[n];
    float[][] x = new float[models][n];
    for (int i = 0; i < n; i++) {
      base[i] = Elements.round(type, 0.05 * random.nextGaussian());
      double shared = random.nextGaussian();
      for (int m = 0; m < models; m++) {
        double own = random.nextGaussian();
        double value =
            switch (kind) {
              case TUNED -> random.nextInt(8) == 0 ? base[i] : base[i] + 0.01 * (shared + own);
              case UNRELATED -> 0.05 * Math.pow(2, m) * own;
              case NEARLY_PARALLEL -> 0.05 * shared * (1 + 1e-3 * own);
              case NEARLY_OPPOSITE -> 0.05 * (m == 1 ? -1 : 1) * (shared + 0.05 * own);
              case WITH_A_ZERO -> m == models - 1 ? 0 : 0.05 * own;
            };
        x[m][i] = Elements.round(type, value);
      }
    }
    return new Checkpoints(type, shape, base, x);
  }

  int models() {
    return x.length;
  }

  /** Adds the models as A, B, ... */
  InMemoryMerge into(InMemoryMerge merge, double... weights) {
    merge.shape(shape);
    for (int i = 0; i < x.length; i++) {
      merge.model(
          String.valueOf((char) ('A' + i)), type, x[i], weights.length == 0 ? Map.of() : Map.of("weight", weights[i]));
    }
    return merge;
  }

  double[][] vectors() {
    double[][] vectors = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      vectors[i] = widened(x[i]);
    }
    return vectors;
  }

  double[][] deltas() {
    double[][] deltas = vectors();
    for (double[] delta : deltas) {
      for (int i = 0; i < delta.length; i++) {
        delta[i] -= base[i];
      }
    }
    return deltas;
  }

  static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** Applies a merge of rows or columns: {@code merge} sees one vector of each model. */
  double[] byRows(Function<double[][], double[]> merge, double[][] vectors) {
    int cols = (int) shape[shape.length - 1];
    double[] merged = new double[vectors[0].length];
    for (int row = 0; row < merged.length / cols; row++) {
      double[][] rows = new double[vectors.length][];
      for (int m = 0; m < rows.length; m++) {
        rows[m] = Arrays.copyOfRange(vectors[m], row * cols, (row + 1) * cols);
      }
      System.arraycopy(merge.apply(rows), 0, merged, row * cols, cols);
    }
    return merged;
  }

  double[] byColumns(Function<double[][], double[]> merge, double[][] vectors) {
    double[][] transposed = new double[vectors.length][];
    for (int m = 0; m < vectors.length; m++) {
      transposed[m] = transpose(vectors[m], (int) shape[0]);
    }
    Checkpoints flipped = new Checkpoints(type, new long[] {shape[1], shape[0]}, base, x);
    return transpose(flipped.byRows(merge, transposed), (int) shape[1]);
  }

  private static double[] transpose(double[] values, int rows) {
    int cols = values.length / rows;
    double[] transposed = new double[values.length];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        transposed[col * rows + row] = values[row * cols + col];
      }
    }
    return transposed;
  }

  /**
   * Holds each element to half a unit in the last place of its type, and what the arithmetic may lose before: float32 steps for 16-bit
   * types, float64 steps else, on terms of the size {@code terms}.
   */
  void assertOneRounding(float[] actual, double[] expected, double terms) {
    double eps = type == DType.F32 ? 0x1p-48 : 0x1p-22;
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      double bound = 0.5 * Elements.ulp(type, expected[i]) + eps * terms;
      assertThat(Math.abs(actual[i] - expected[i]))
          .as("element %d: %s, in float64 %s", i, actual[i], expected[i])
          .isLessThanOrEqualTo(bound);
    }
  }
}
