package dev.wootz.merge.method;

import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.merge.method.TorchCut.Order;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the elements at the places [from, to) of the ascending order of a delta's magnitudes. Of equal magnitudes at a cut, those with the
 * lowest flat index are kept; in mergekit's mode those that its sort would keep.
 */
final class MagnitudeWindow implements Trim {
  private final TensorTask task;
  private final KeySelection.Source magnitudes;
  private final Order order;
  private final long from;
  private final long to;
  private final boolean cutBelow;
  private final boolean cutAbove;
  private final KeySelection selection;
  private @Nullable TorchCut torch;

  private MagnitudeWindow(TaskVectors vectors, ModelInput model, Order order, long from, long to) {
    this.task = vectors.task();
    this.magnitudes = vectors.magnitudes(model);
    this.order = order;
    this.from = from;
    this.to = to;
    this.cutBelow = from > 0;
    this.cutAbove = to < elements();
    long[] ranks = cutBelow && cutAbove ? new long[] {from, to} : new long[] {cutBelow ? from : to};
    this.selection = KeySelection.ranks(task, Tiling.ELEMENTS, magnitudes, ranks);
  }

  /**
   * All, none or a window of the elements of the model's delta.
   *
   * @param order in which mergekit sorts
   */
  static Trim of(TaskVectors vectors, ModelInput model, Order order, long from, long to) {
    if (from >= to) {
      return NONE;
    }
    boolean all = from <= 0 && to >= vectors.task().shape().elements();
    return all ? ALL : new MagnitudeWindow(vectors, model, order, from, to);
  }

  /** The passes that find the cuts of those trims that are windows, then the sum. */
  static Pass select(TaskVectors vectors, List<Trim> trims) {
    List<MagnitudeWindow> windows =
        trims.stream().filter(trim -> trim instanceof MagnitudeWindow).map(trim -> (MagnitudeWindow) trim).toList();
    return KeySelection.pass(
        windows.stream().map(window -> window.selection).toList(),
        () -> TorchCut.pass(torchCuts(windows), () -> vectors.sum(trims)));
  }

  private static List<TorchCut> torchCuts(List<MagnitudeWindow> windows) {
    List<TorchCut> cuts = new ArrayList<>();
    for (MagnitudeWindow window : windows) {
      if (window.task.mergekit() && window.cutsEqual() && TorchCut.possible(window.task)) {
        window.torch = window.torchCut();
        cuts.add(window.torch);
      }
    }
    return cuts;
  }

  private TorchCut torchCut() {
    return order == Order.ASCENDING
        ? TorchCut.of(task, magnitudes, order, from, to)
        : TorchCut.of(task, magnitudes, order, elements() - to, elements() - from);
  }

  /** Whether some of equal magnitudes (but zero, which does not matter) are kept and others are not. */
  private boolean cutsEqual() {
    OrderStatistic bottom = bottom();
    OrderStatistic top = top();
    return bottom != null && bottom.key() != 0 && bottom.below() < from
        || top != null && top.key() != 0 && top.below() < to;
  }

  @Override
  public GtaModel part(Tile tile, Tensor x, double weight, double rescale) {
    return torch != null
        ? GtaModel.keepMask(x, weight, rescale, torch.mask(tile))
        : GtaModel.keepRange(x, weight, rescale, range(tile.index()));
  }

  private MagnitudeRange range(int tile) {
    OrderStatistic bottom = bottom();
    OrderStatistic top = top();
    if (top == null) {
      return new MagnitudeRange(bottom.key(), 0xFFFFFFFF, ties(bottom, bottom.below() + bottom.equal() - from, tile), 0, 0, 0);
    }
    long highTies = ties(top, to - top.below(), tile);
    if (bottom == null) {
      // Zeros change nothing, so that they need not be counted as ties of a lower bound 0.
      return new MagnitudeRange(0, top.key(), Long.MAX_VALUE, highTies, 0, 0);
    }
    if (bottom.key() == top.key()) {
      return new MagnitudeRange(bottom.key(), top.key(), ties(bottom, to - from, tile), 0, 0, 0);
    }
    return new MagnitudeRange(bottom.key(), top.key(), ties(bottom, bottom.below() + bottom.equal() - from, tile), highTies, 0, 0);
  }

  /**
   * How many of a tile's keys equal to a bound are kept when the first {@code kept} of the tensor's are. More than there are where it is
   * all of them, so that nobody need count: there is at most one tile in which some are kept and others are not.
   */
  private static long ties(OrderStatistic bound, long kept, int tile) {
    long left = Math.max(0, kept - bound.equalBefore()[tile]);
    long here = bound.equalBefore()[tile + 1] - bound.equalBefore()[tile];
    return left >= here ? Long.MAX_VALUE : left;
  }

  /** The smallest magnitude that is kept; null when the smallest of all are. */
  private @Nullable OrderStatistic bottom() {
    return cutBelow ? selection.found(0) : null;
  }

  /** The smallest magnitude above the window; null when the largest of all are kept. */
  private @Nullable OrderStatistic top() {
    return cutAbove ? selection.found(cutBelow ? 1 : 0) : null;
  }

  private long elements() {
    return task.shape().elements();
  }
}
