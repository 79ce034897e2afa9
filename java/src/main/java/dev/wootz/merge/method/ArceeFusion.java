package dev.wootz.merge.method;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.List;

/**
 * Arcee Fusion: the elements of a delta d = x - base that matter are added to the base, the others left out. An element's importance is
 * |d| times its term of KL(softmax(x) || softmax(base)) over its row; it matters from median + 1.5 (third quartile - first quartile) of
 * the tensor on.
 */
public final class ArceeFusion implements MergeMethod {
  @Override
  public String name() {
    return "arcee_fusion";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public BaseModel baseModel() {
    return BaseModel.REQUIRED;
  }

  @Override
  public int minModels() {
    return 1;
  }

  @Override
  public int maxModels() {
    return 1;
  }

  /** mergekit's mask is float32 and makes the output so. */
  @Override
  public DType outputType(DType usual, Mode mode) {
    return mode == Mode.MERGEKIT && usual.bytes() < DType.F32.bytes() ? DType.F32 : usual;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ROWS;
  }

  @Override
  public Pass start(TensorTask task) {
    int model = task.others().get(0).source();
    long n = task.shape().elements();
    if (n == 0) {
      return Pass.output(tile -> {});
    }
    KeySelection quartiles =
        KeySelection.ranks(
            task,
            Tiling.ROWS,
            (key, tile, first) ->
                task.kernels()
                    .mergeFusionKeys(
                        key,
                        rows(tile, tile.input(model), first, key.elements()),
                        rows(tile, tile.input(task.base()), first, key.elements()),
                        task.arithmetic()),
            rank(0.25, n),
            rank(0.5, n),
            rank(0.75, n));
    return KeySelection.pass(List.of(quartiles), () -> fuse(task, model, threshold(task, quartiles)));
  }

  private static long rank(double quantile, long n) {
    return (long) (quantile * (n - 1));
  }

  private static int threshold(TensorTask task, KeySelection quartiles) {
    float first = score(quartiles.found(0).key());
    float median = score(quartiles.found(1).key());
    float third = score(quartiles.found(2).key());
    return key(round(task, median + round(task, 1.5f * round(task, third - first))));
  }

  /** mergekit's scores are of the models' type, and so is every step with them. */
  private static float round(TensorTask task, float value) {
    return task.mergekit() ? (float) task.kernels().round(value, task.arithmetic()) : value;
  }

  private static Pass fuse(TensorTask task, int model, int threshold) {
    return Pass.output(
        tile -> {
          Tensor keys = tile.scratch(DType.I32, tile.elements());
          task.kernels().mergeFusionKeys(keys, tile.input(model), tile.input(task.base()), task.arithmetic());
          task.kernels()
              .mergeFusion(tile.output(), tile.input(model), tile.input(task.base()), keys, threshold, task.arithmetic());
        });
  }

  /** Elements [first, first + n) of a tile, a number of whole rows. */
  private static Tensor rows(Tile tile, Tensor input, long first, long n) {
    Tensor flat = input.flat(first, n);
    return new Tensor(flat.memory(), flat.offset(), flat.dtype(), Shape.of(n / tile.cols(), tile.cols()));
  }

  /** Bits whose unsigned order is the order of the scores. */
  private static int key(float score) {
    int bits = Float.floatToRawIntBits(score + 0.0f); // -0 becomes 0: they are equal
    return bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
  }

  private static float score(int key) {
    return Float.intBitsToFloat(key < 0 ? key ^ Integer.MIN_VALUE : ~key);
  }
}
