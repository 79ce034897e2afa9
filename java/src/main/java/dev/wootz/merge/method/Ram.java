package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Mode;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RAM (arXiv 2601.13572): model i is active at an element when |x_i - base| &gt; epsilon. One active model adds its delta to the base,
 * several add the mean of theirs, none leaves the base.
 *
 * <p>RAM+ ({@code ramplus_tl}) multiplies what only model i changes by 1 + r clamp(shared_i / max(unique_i, epsilon), 0, alpha), where
 * unique_i counts the elements of the tensor at which only i is active and shared_i those at which others are as well.
 */
public final class Ram implements MergeMethod {
  private final boolean plus;

  private Ram(boolean plus) {
    this.plus = plus;
  }

  public static Ram plain() {
    return new Ram(false);
  }

  public static Ram plus() {
    return new Ram(true);
  }

  @Override
  public String name() {
    return plus ? "ramplus_tl" : "ram";
  }

  @Override
  public List<Parameter> parameters() {
    Parameter epsilon = Parameter.global("epsilon", 1e-5).between(0, Double.POSITIVE_INFINITY);
    return plus ? List.of(Parameter.global("r", 0.1), Parameter.global("alpha", 0.2), epsilon) : List.of(epsilon);
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
    return Integer.MAX_VALUE;
  }

  /** mergekit's factors are float32 and make the output so. */
  @Override
  public DType outputType(DType usual, Mode mode) {
    return plus && mode == Mode.MERGEKIT && usual.bytes() < DType.F32.bytes() ? DType.F32 : usual;
  }

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    return plus ? new Count(task) : output(task, null);
  }

  private static Pass output(TensorTask task, double @Nullable [] scale) {
    return Pass.output(
        tile ->
            task.kernels()
                .mergeRam(tile.output(), x(task, tile), tile.input(task.base()), epsilon(task), scale, task.arithmetic()));
  }

  private static List<Tensor> x(TensorTask task, Tile tile) {
    return task.others().stream().map(model -> tile.input(model.source())).toList();
  }

  private static double epsilon(TensorTask task) {
    double epsilon = task.parameters().number("epsilon");
    return task.mergekit() ? task.kernels().round(epsilon, task.arithmetic()) : epsilon;
  }

  /** Counts what each model changes alone and with others. */
  private static final class Count implements Pass {
    private final TensorTask task;
    private final long[][] counts;

    Count(TensorTask task) {
      this.task = task;
      this.counts = new long[task.tiles()][];
    }

    @Override
    public void tile(Tile tile) {
      long[] mine = new long[2 * task.others().size()];
      task.kernels().mergeRamCounts(mine, x(task, tile), tile.input(task.base()), epsilon(task), task.arithmetic());
      counts[tile.index()] = mine;
    }

    @Override
    public Pass finish() {
      double[] scale = new double[task.others().size()];
      for (int i = 0; i < scale.length; i++) {
        long unique = 0;
        long shared = 0;
        for (long[] tile : counts) {
          unique += tile[2 * i];
          shared += tile[2 * i + 1];
        }
        scale[i] = scale(unique, shared);
      }
      return output(task, scale);
    }

    private double scale(long unique, long shared) {
      double r = task.parameters().number("r");
      double alpha = task.parameters().number("alpha");
      double ratio = round(shared / Math.max(unique, task.parameters().number("epsilon")));
      return round(1 + round(r * Math.max(0, Math.min(ratio, alpha))));
    }

    private double round(double value) {
      Kernels kernels = task.kernels();
      return task.mergekit() ? kernels.round(value, Arithmetic.F32) : value;
    }

    @Override
    public boolean writes() {
      return false;
    }
  }
}
