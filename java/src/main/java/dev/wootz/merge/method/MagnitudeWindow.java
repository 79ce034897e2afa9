package dev.wootz.merge.method;

import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the elements at the places [from, to) of the ascending order of a delta's magnitudes. Of equal magnitudes at a cut, those with the
 * lowest flat index are kept.
 */
final class MagnitudeWindow implements Trim {
  private final long from;
  private final long to;
  private final boolean cutBelow;
  private final boolean cutAbove;
  private final @Nullable KeySelection selection;

  private MagnitudeWindow(TaskVectors vectors, ModelInput model, long from, long to, long elements) {
    this.from = from;
    this.to = to;
    this.cutBelow = from > 0;
    this.cutAbove = to < elements;
    long[] ranks = cutBelow && cutAbove ? new long[] {from, to} : new long[] {cutBelow ? from : to};
    this.selection =
        cutBelow || cutAbove ? KeySelection.ranks(vectors.task(), Tiling.ELEMENTS, vectors.magnitudes(model), ranks) : null;
  }

  /** All, none or a window of the {@code elements} of the model's delta. */
  static Trim of(TaskVectors vectors, ModelInput model, long from, long to) {
    long elements = vectors.task().shape().elements();
    if (from >= to) {
      return NONE;
    }
    return from <= 0 && to >= elements ? ALL : new MagnitudeWindow(vectors, model, from, to, elements);
  }

  /** The passes that find the cuts of those trims that are windows, then the sum. */
  static Pass select(TaskVectors vectors, List<Trim> trims) {
    List<KeySelection> selections = new ArrayList<>();
    for (Trim trim : trims) {
      if (trim instanceof MagnitudeWindow window) {
        selections.add(window.selection);
      }
    }
    return KeySelection.pass(selections, () -> vectors.sum(trims));
  }

  @Override
  public GtaModel part(Tile tile, Tensor x, double weight, double rescale) {
    return GtaModel.keepRange(x, weight, rescale, range(tile.index()));
  }

  private MagnitudeRange range(int tile) {
    OrderStatistic bottom = cutBelow ? selection.found(0) : null;
    OrderStatistic top = cutAbove ? selection.found(cutBelow ? 1 : 0) : null;
    if (top == null) {
      long ties = bottom.below() + bottom.equal() - from;
      return new MagnitudeRange(bottom.key(), 0xFFFFFFFF, ties, 0, bottom.equalBefore()[tile], 0);
    }
    long highTies = to - top.below();
    if (bottom == null) {
      // Zeros change nothing, so that they need not be counted as ties of a lower bound 0; unless both bounds are 0.
      return new MagnitudeRange(0, top.key(), Long.MAX_VALUE, highTies, 0, top.equalBefore()[tile]);
    }
    if (bottom.key() == top.key()) {
      return new MagnitudeRange(bottom.key(), top.key(), to - from, 0, bottom.equalBefore()[tile], 0);
    }
    long lowTies = bottom.below() + bottom.equal() - from;
    return new MagnitudeRange(
        bottom.key(), top.key(), lowTies, highTies, bottom.equalBefore()[tile], top.equalBefore()[tile]);
  }
}
