package dev.wootz.merge.pipeline;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.Kernels;
import dev.wootz.kernel.MersenneTwister;
import dev.wootz.merge.DrawStream;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Mode;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.TensorPlan;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns the plan of a tensor into work: opens its sources, cuts it, chooses the arithmetic, places it in the random stream. */
final class WorkBuilder implements AutoCloseable {
  private final MergePlan plan;
  private final Kernels kernels;
  private final Consumer<String> warn;
  private final SourceBuilder sources;
  private final MersenneTwister stream;

  WorkBuilder(MergePlan plan, Kernels kernels, Consumer<String> warn) {
    this.plan = plan;
    this.kernels = kernels;
    this.warn = warn;
    this.sources = new SourceBuilder(plan, kernels);
    this.stream = MersenneTwister.seeded(plan.seed());
  }

  /** Whether tensors must be built in the order of their names, because they share one stream of random numbers. */
  boolean ordered() {
    return plan.mode() == Mode.MERGEKIT;
  }

  /**
   * Not to be called by two threads at once.
   *
   * @param finished an earlier run has done this tensor: it only takes its draws off the stream, and null is returned
   */
  @Nullable TensorWork build(TensorPlan tensor, boolean finished) {
    List<AutoCloseable> owned = new ArrayList<>();
    List<TensorSource> inputs = sources.build(tensor, owned);
    TensorTask uncut = task(tensor, inputs, 0, DrawStream.NONE);
    boolean rows = tensor.method().tiling(uncut) == Tiling.ROWS;
    boolean wholeRows = inputs.stream().anyMatch(TensorSource::wholeRows);
    TileGrid grid = TileGrid.of(tensor.shape(), wholeRows, rows);
    TensorTask task = task(tensor, inputs, grid.count(), DrawStream.NONE);
    long draws = plan.mode() == Mode.MERGEKIT ? tensor.method().draws(task) : 0;
    if (finished) {
      stream.skip(draws);
      new TensorWork(task, tensor.method(), inputs, grid, owned).release();
      return null;
    }
    if (draws > 0) {
      MersenneDraws placed = new MersenneDraws(stream, draws, grid);
      owned.add(placed);
      task = task(tensor, inputs, grid.count(), placed);
    }
    return new TensorWork(task, tensor.method(), inputs, grid, owned);
  }

  private TensorTask task(TensorPlan tensor, List<TensorSource> inputs, int tiles, DrawStream draws) {
    List<DType> types = inputs.stream().map(TensorSource::dtype).toList();
    return new TensorTask(
        tensor.name(),
        tensor.shape(),
        tensor.outputType(),
        types,
        tensor.models(),
        tensor.base(),
        tensor.parameters(),
        plan.mode(),
        arithmetic(tensor, types),
        plan.seed(),
        kernels,
        tiles,
        draws,
        message -> warn.accept("tensor " + tensor.name() + ": " + message));
  }

  /**
   * Sums of 16-bit values rounded to 16 bits are as good in float32 as in float64; float32 results need float64 inside to be within one
   * rounding of the exact one. mergekit computes in the recipe's dtype, or in that of the base, or in the type that PyTorch promotes to.
   */
  private Arithmetic arithmetic(TensorPlan tensor, List<DType> types) {
    if (plan.mode() == Mode.MERGEKIT) {
      if (plan.computeType() != null) {
        return Arithmetic.torch(plan.computeType());
      }
      return Arithmetic.torch(tensor.base() >= 0 ? types.get(tensor.base()) : promoted(types));
    }
    boolean narrow = tensor.outputType().bytes() == 2 && types.stream().allMatch(type -> type.bytes() == 2);
    return narrow ? Arithmetic.F32 : Arithmetic.F64;
  }

  /** bfloat16 and float16 together give float32. */
  private static DType promoted(List<DType> types) {
    DType first = types.get(0);
    return types.stream().allMatch(first::equals) ? first : DType.F32;
  }

  @Override
  public void close() {
    stream.close();
  }
}
