package dev.wootz.merge.method;

import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Parameter;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SCE (arXiv 2408.07990) of the deltas d_i = x_i - base: selects the positions where they vary most between the models (the
 * {@code select_topk} part of those that vary at all), calculates each model's weight w_i = mean(d_i^2) / sum_j mean(d_j^2), erases
 * elements whose sign is not that of sum_i d_i.
 *
 * <pre>
 * out = base + sum_i w_i d_i m_i / max(sum_i w_i m_i, 1e-6)
 * </pre>
 */
public final class Sce implements MergeMethod {
  /** mergekit weighs the models equally when the sum of their mean squares is below this. */
  private static final double SMALLEST_SUM = 1e-6;

  @Override
  public String name() {
    return "sce";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.global("select_topk", 1.0).between(0, 1),
        Parameter.flag("int8_mask", false)); // about mergekit's memory; changes no number
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

  @Override
  public Tiling tiling(TensorTask task) {
    return Tiling.ELEMENTS;
  }

  @Override
  public Pass start(TensorTask task) {
    return new Sum(task).start();
  }

  private static final class Sum {
    private final TensorTask task;
    private final Kernels kernels;
    private final Arithmetic arithmetic;
    private final double topk;
    private final long elements;
    private final double[][] squares;
    private @Nullable KeySelection selection;
    private @Nullable TorchCut torch;

    Sum(TensorTask task) {
      this.task = task;
      this.kernels = task.kernels();
      this.arithmetic = task.arithmetic();
      this.topk = task.parameters().number("select_topk");
      this.elements = task.shape().elements();
      this.squares = new double[task.tiles()][];
    }

    Pass start() {
      if (topk >= 1) {
        return measure();
      }
      selection = KeySelection.rankByZeros(task, this::variances, zeros -> elements - kept(zeros));
      return KeySelection.pass(List.of(selection), () -> TorchCut.pass(torchCuts(), this::measure));
    }

    private void variances(Tensor key, Tile tile, long first) {
      kernels.mergeVarianceKeys(key, x(tile, first, key.elements()), base(tile, first, key.elements()), arithmetic);
    }

    private List<TorchCut> torchCuts() {
      OrderStatistic cut = selection.found(0);
      boolean cutsEqual = cut != null && ties(cut) < cut.equal();
      if (!task.mergekit() || !cutsEqual || !TorchCut.possible(task)) {
        return List.of();
      }
      torch = TorchCut.of(task, this::variances, TorchCut.Order.TOP, 0, kept(selection.zeros()));
      return List.of(torch);
    }

    /** How many of the positions whose variance is not zero are selected. */
    private long kept(long zeros) {
      return (long) ((elements - zeros) * topk);
    }

    /** The pass that sums the squares of the selected deltas. */
    private Pass measure() {
      return new Pass() {
        @Override
        public void tile(Tile tile) {
          double[] mine = new double[models().size()];
          kernels.mergeSceSquares(mine, selected(tile), tile.input(task.base()), range(tile.index()), arithmetic);
          squares[tile.index()] = mine;
        }

        @Override
        public Pass finish() {
          double[] weights = weights();
          return Pass.output(
              tile ->
                  kernels.mergeSce(
                      tile.output(),
                      selected(tile),
                      tile.input(task.base()),
                      range(tile.index()),
                      weights,
                      arithmetic));
        }

        @Override
        public boolean writes() {
          return false;
        }
      };
    }

    private @Nullable MagnitudeRange range(int tile) {
      if (selection == null || torch != null) {
        return null;
      }
      OrderStatistic cut = selection.found(0);
      if (cut == null) {
        return Trim.EMPTY;
      }
      return new MagnitudeRange(cut.key(), 0xFFFFFFFF, ties(cut), 0, cut.equalBefore()[tile], 0);
    }

    /** How many of the positions of the smallest selected variance are selected. */
    private long ties(OrderStatistic cut) {
      return kept(selection.zeros()) - (elements - cut.below() - cut.equal());
    }

    /** The models; where mergekit's sort decides what is selected, they are made the base at all other positions. */
    private List<Tensor> selected(Tile tile) {
      List<Tensor> x = x(tile, 0, tile.elements());
      if (torch == null) {
        return x;
      }
      DoubleBuffer base = copy(tile, base(tile, 0, tile.elements())).buffer().asDoubleBuffer();
      List<Tensor> selected = new ArrayList<>();
      for (Tensor model : x) {
        Tensor copy = copy(tile, model);
        DoubleBuffer values = copy.buffer().asDoubleBuffer();
        for (int i = 0; i < values.limit(); i++) {
          if (!torch.keeps(tile.first() + i)) {
            values.put(i, base.get(i));
          }
        }
        selected.add(copy);
      }
      return selected;
    }

    private Tensor copy(Tile tile, Tensor tensor) {
      Tensor copy = tile.scratch(DType.F64, tensor.elements());
      kernels.convert(copy, tensor);
      return copy;
    }

    private double[] weights() {
      double[] means = new double[models().size()];
      for (int i = 0; i < means.length; i++) {
        double sum = 0;
        for (double[] tile : squares) {
          sum += tile[i];
        }
        means[i] = round(sum / elements);
      }
      double sum = round(Arrays.stream(means).sum());
      boolean equal = task.mergekit() ? sum < round(SMALLEST_SUM) : !(sum > 0) || Double.isInfinite(sum);
      return Arrays.stream(means).map(mean -> round(equal ? 1.0 / means.length : mean / sum)).toArray();
    }

    private double round(double value) {
      return task.mergekit() ? kernels.round(value, arithmetic) : value;
    }

    private List<ModelInput> models() {
      return task.others();
    }

    private List<Tensor> x(Tile tile, long first, long n) {
      return models().stream().map(model -> tile.input(model.source()).flat(first, n)).toList();
    }

    private Tensor base(Tile tile, long first, long n) {
      return tile.input(task.base()).flat(first, n);
    }
  }
}
