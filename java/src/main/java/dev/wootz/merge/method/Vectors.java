package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A tile as PyTorch computes with it, step by step: float32 vectors whose every element is rounded to the compute type after each step.
 * The tile is walked in pieces small enough to stay in the nearest cache between steps; vectors belong to the current piece.
 *
 * <pre>{@code
 * while (v.next()) {
 *   sums[0] += v.dot(v.input(0), v.input(1));
 * }
 * }</pre>
 */
final class Vectors {
  private static final long PIECE = 4096;

  private final Tile tile;
  private final Kernels kernels;
  private final Arithmetic arithmetic;
  private final long length;
  private final Tensor[] inputs;
  private final boolean[] loaded;
  private final List<Tensor> vectors = new ArrayList<>();
  private final Deque<Tensor> free = new ArrayDeque<>();
  private @Nullable Tensor ones;
  private long first;
  private long elements;

  private Vectors(TensorTask task, Tile tile, long length) {
    this.tile = tile;
    this.kernels = task.kernels();
    this.arithmetic = TorchScalars.promoted(task);
    this.length = length;
    this.inputs = new Tensor[task.sourceTypes().size()];
    this.loaded = new boolean[inputs.length];
  }

  /** Pieces of any size. */
  static Vectors pieces(TensorTask task, Tile tile) {
    return new Vectors(task, tile, Math.min(PIECE, tile.elements()));
  }

  /** A piece for each row. */
  static Vectors rows(TensorTask task, Tile tile) {
    return new Vectors(task, tile, tile.cols());
  }

  interface Summands {
    void add(Vectors v, double[] sums);
  }

  /** A pass over all pieces that ends with {@code length} sums. */
  static Pass sums(TensorTask task, int length, Summands body, Function<double[], Pass> next) {
    return new SumPass(
        length,
        (tile, sums) -> {
          Vectors v = pieces(task, tile);
          while (v.next()) {
            body.add(v, sums);
          }
        },
        next);
  }

  /** The last pass, piece by piece. */
  static Pass output(TensorTask task, Consumer<Vectors> body) {
    return Pass.output(
        tile -> {
          Vectors v = pieces(task, tile);
          while (v.next()) {
            body.accept(v);
          }
        });
  }

  /** Goes to the next piece, if there is one, and takes all vectors back. */
  boolean next() {
    first += elements;
    elements = Math.min(length, tile.elements() - first);
    free.clear();
    free.addAll(vectors);
    Arrays.fill(loaded, false);
    return elements > 0;
  }

  /** A vector with undefined elements. */
  Tensor vector() {
    if (free.isEmpty()) {
      vectors.add(tile.scratch(DType.F32, length));
      free.push(vectors.get(vectors.size() - 1));
    }
    return free.pop().flat(0, elements);
  }

  /** Takes a vector back before its piece ends. */
  void give(Tensor vector) {
    free.push(new Tensor(vector.memory(), vector.offset(), DType.F32, Shape.of(length)));
  }

  /** Source number {@code source}, not to be written to. */
  Tensor input(int source) {
    if (inputs[source] == null) {
      inputs[source] = tile.scratch(DType.F32, length);
    }
    Tensor vector = inputs[source].flat(0, elements);
    if (!loaded[source]) {
      kernels.convert(vector, tile.input(source).flat(first, elements));
      loaded[source] = true;
    }
    return vector;
  }

  /** Source number {@code source}, or with a base its rounded delta. */
  Tensor input(int source, int base) {
    return base < 0 ? input(source) : subtract(vector(), input(source), input(base));
  }

  /** Converts to the output's dtype. */
  void store(Tensor a) {
    kernels.convert(tile.output().flat(first, elements), a);
  }

  void storeZeros() {
    Tensor zeros = vector();
    FloatBuffer buffer = zeros.buffer().asFloatBuffer();
    while (buffer.hasRemaining()) {
      buffer.put(0);
    }
    store(zeros);
  }

  Tensor add(Tensor out, Tensor a, Tensor b) {
    kernels.vectorAdd(out, a, b, arithmetic);
    return out;
  }

  /** 0 + a: what a sum that starts from zero makes of its first term, -0 included. */
  Tensor first(Tensor out, Tensor a) {
    kernels.vectorAddScalar(out, a, 0, arithmetic);
    return out;
  }

  Tensor subtract(Tensor out, Tensor a, Tensor b) {
    kernels.vectorSubtract(out, a, b, arithmetic);
    return out;
  }

  Tensor multiply(Tensor out, Tensor a, Tensor b) {
    kernels.vectorMultiply(out, a, b, arithmetic);
    return out;
  }

  Tensor divide(Tensor out, Tensor a, Tensor b) {
    kernels.vectorDivide(out, a, b, arithmetic);
    return out;
  }

  Tensor scale(Tensor out, Tensor a, double s) {
    kernels.vectorScale(out, a, s, arithmetic);
    return out;
  }

  Tensor divideBy(Tensor out, Tensor a, double s) {
    kernels.vectorDivideBy(out, a, s, arithmetic);
    return out;
  }

  /** sum_i R(w_i a_i): the products are rounded, their sum runs in float32 and is rounded once. */
  Tensor weightedSum(Tensor[] a, double[] weights) {
    Tensor sum = vector();
    Tensor term = vector();
    for (int i = 0; i < a.length; i++) {
      scale(term, a[i], weights[i]);
      if (i == 0) {
        first(sum, term);
      } else {
        kernels.vectorAdd(sum, sum, term, Arithmetic.F32);
      }
    }
    give(term);
    return scale(sum, sum, 1);
  }

  /** In float32, see {@link TorchNorm}. */
  double norm(Tensor a) {
    float[] copy = new float[Math.toIntExact(a.elements())];
    a.buffer().asFloatBuffer().get(copy);
    TorchNorm norm = new TorchNorm(arithmetic);
    norm.add(copy);
    return norm.norm();
  }

  /** In float64. */
  double dot(Tensor a, Tensor b) {
    return kernels.vectorDot(a, b);
  }

  /** In float64. */
  double sum(Tensor a) {
    return kernels.vectorDot(a, ones());
  }

  /** sums [2, 2, cols] += products of two rows, in float64; {@code sums[cols + c]} gets a_c b_c. */
  void columnProducts(double[] sums, Tensor a, Tensor b) {
    kernels.mergeGramColumns(sums, List.of(a, b), null);
  }

  Tensor ones() {
    if (ones == null) {
      ones = tile.scratch(DType.F32, length);
      FloatBuffer buffer = ones.buffer().asFloatBuffer();
      while (buffer.hasRemaining()) {
        buffer.put(1);
      }
    }
    return ones.flat(0, elements);
  }
}
