package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.GtaModel.Sparsifier;
import dev.wootz.kernel.Kernels;
import dev.wootz.kernel.Kernels.Gta;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The deltas x_i - base of one tensor, and their sum on top of the base. */
final class TaskVectors {
  /** Sums of magnitudes below this are not rescaled by mergekit. */
  private static final double SMALLEST_SUM = 1e-7;

  private final TensorTask task;
  private final boolean consensus;
  private final boolean drawn;
  private final Rescale rescale;
  private final Arithmetic arithmetic;
  private final List<ModelInput> models;

  /** Factor on what a trimmed delta keeps. */
  enum Rescale {
    NONE,
    /** Each element is divided by the probability that it was kept. */
    KEEP_PROBABILITY,
    /** The sum of magnitudes becomes what it was. */
    L1
  }

  /** @param drawn whether the trim is random */
  TaskVectors(TensorTask task, boolean consensus, boolean drawn, Rescale rescale) {
    this.task = task;
    this.consensus = consensus;
    this.drawn = drawn;
    this.rescale = rescale;
    // mergekit computes in the base's type, whatever the models' types are.
    this.arithmetic = task.mergekit() ? Arithmetic.torch(baseType()) : task.arithmetic();
    this.models = task.others();
  }

  TensorTask task() {
    return task;
  }

  Kernels kernels() {
    return task.kernels();
  }

  Arithmetic arithmetic() {
    return arithmetic;
  }

  /** What mergekit trims in: the deltas' type, but random trims of float16 in float32. */
  Arithmetic trimming() {
    return drawn && arithmetic == Arithmetic.F16 ? Arithmetic.F32 : arithmetic;
  }

  List<ModelInput> models() {
    return models;
  }

  boolean dividesByProbability() {
    return rescale == Rescale.KEEP_PROBABILITY;
  }

  /** Elements of a model as they enter the delta. */
  private Tensor x(Tile tile, ModelInput model) {
    return typed(tile, tile.input(model.source()));
  }

  private Tensor typed(Tile tile, Tensor x) {
    if (!task.mergekit() || x.dtype() == baseType()) {
      return x;
    }
    Tensor converted = tile.scratch(baseType(), x.elements());
    kernels().convert(converted, x);
    return converted;
  }

  Tensor base(Tile tile) {
    return tile.input(task.base());
  }

  /** Magnitudes of a model's delta. */
  KeySelection.Source magnitudes(ModelInput model) {
    return new KeySelection.Source() {
      @Override
      public void keys(Tensor key, Tile tile, long first) {
        long n = key.elements();
        kernels().mergeDeltaKeys(key, part(tile, first, n), base(tile).flat(first, n), arithmetic);
      }

      @Override
      public boolean between(Tensor found, long[] counts, Tile tile, long first, long n, int low, int high) {
        kernels().mergeDeltaBetween(found, counts, part(tile, first, n), base(tile).flat(first, n), arithmetic, low, high);
        return true;
      }

      private Tensor part(Tile tile, long first, long n) {
        return typed(tile, tile.input(model.source()).flat(first, n));
      }
    };
  }

  private DType baseType() {
    return task.sourceTypes().get(task.base());
  }

  /** Weighs, elects and adds what the trims leave; measures the rescaling factors first if there are any. */
  Pass sum(List<Trim> trims) {
    if (rescale == Rescale.L1 && trims.stream().anyMatch(trim -> trim != Trim.ALL)) {
      return new MeasurePass(trims);
    }
    return sum(trims, ones());
  }

  private Pass sum(List<Trim> trims, double[] factors) {
    return Pass.output(
        tile -> {
          if (models.isEmpty()) {
            kernels().convert(tile.output(), base(tile));
            return;
          }
          List<GtaModel> parts = parts(tile, trims, factors);
          kernels().mergeGta(tile.output(), base(tile), gta(tile), parts, scratch(tile, parts));
        });
  }

  private Gta gta(Tile tile) {
    return new Gta(arithmetic, consensus, task.parameters().flag("normalize"), task.parameters().number("lambda"), tile.first());
  }

  private List<GtaModel> parts(Tile tile, List<Trim> trims, double[] factors) {
    List<GtaModel> parts = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      double weight = models.get(i).parameters().number("weight");
      double rounded = task.mergekit() ? kernels().round(weight, arithmetic) : weight;
      parts.add(trims.get(i).part(tile, x(tile, models.get(i)), rounded, factors[i]));
    }
    return parts;
  }

  private double[] ones() {
    double[] ones = new double[models.size()];
    Arrays.fill(ones, 1);
    return ones;
  }

  private Tensor scratch(Tile tile, List<GtaModel> parts) {
    boolean ranks = parts.stream().anyMatch(part -> part.sparsifier() == Sparsifier.KEEP_RANKED);
    return tile.scratch(DType.U8, kernels().mergeGtaScratch(ranks ? tile.cols() : 0, models.size()));
  }

  /** Measures the sums of magnitudes before and after the trims. */
  private final class MeasurePass implements Pass {
    private final List<Trim> trims;
    private final double[][] sums = new double[task.tiles()][];

    MeasurePass(List<Trim> trims) {
      this.trims = trims;
    }

    @Override
    public void tile(Tile tile) {
      double[] mine = new double[2 * models.size()];
      List<GtaModel> parts = parts(tile, trims, ones());
      kernels().mergeGtaL1(mine, base(tile), gta(tile), parts, scratch(tile, parts));
      sums[tile.index()] = mine;
    }

    @Override
    public Pass finish() {
      double[] factors = new double[models.size()];
      for (int i = 0; i < factors.length; i++) {
        double before = 0;
        double after = 0;
        for (double[] tile : sums) {
          before += tile[2 * i];
          after += tile[2 * i + 1];
        }
        factors[i] = trims.get(i) == Trim.ALL ? 1 : factor(before, after);
      }
      return sum(trims, factors);
    }

    private double factor(double before, double after) {
      if (task.mergekit()) {
        double rounded = kernels().round(before, trimming());
        double divisor = kernels().round(after, trimming());
        return rounded < SMALLEST_SUM || divisor < SMALLEST_SUM ? 1 : kernels().round(rounded / divisor, trimming());
      }
      return before > 0 && after > 0 && Double.isFinite(before) ? before / after : 1;
    }

    @Override
    public boolean writes() {
      return false;
    }
  }
}
