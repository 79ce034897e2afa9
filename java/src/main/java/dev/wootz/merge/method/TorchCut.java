package dev.wootz.merge.method;

import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * Which elements of a tensor mergekit keeps when a cut falls among equal keys: those that PyTorch's sorting leaves on the right side, which
 * depends on every key of the tensor. So all keys are gathered, 8 bytes for each element, and only where it matters.
 */
final class TorchCut {
  /** Elements of the largest tensor that is gathered. */
  private static final long LARGEST = 1 << 24;

  /** How mergekit sorts. */
  enum Order {
    /** torch.argsort. */
    ASCENDING,
    /** torch.argsort, largest first. */
    DESCENDING,
    /** torch.topk. */
    TOP
  }

  private final KeySelection.Source source;
  private final Order order;
  private final int from;
  private final int to;
  private final long[] elements;
  private final BitSet kept;

  private TorchCut(KeySelection.Source source, Order order, int elements, int from, int to) {
    this.source = source;
    this.order = order;
    this.from = from;
    this.to = to;
    this.elements = new long[elements];
    this.kept = new BitSet(elements);
  }

  /** Whether a tensor is small enough; warns if it is not. */
  static boolean possible(TensorTask task) {
    if (task.shape().elements() > LARGEST) {
      task.warn().accept("of equal values at the cut the first are kept; mergekit's choice among so many is not reproduced");
      return false;
    }
    return true;
  }

  /** Keeps the places [from, to) of the order. */
  static TorchCut of(TensorTask task, KeySelection.Source source, Order order, long from, long to) {
    return new TorchCut(source, order, (int) task.shape().elements(), (int) from, (int) to);
  }

  /** The pass that gathers and cuts, then {@code next}. */
  static Pass pass(List<TorchCut> cuts, Supplier<Pass> next) {
    if (cuts.isEmpty()) {
      return next.get();
    }
    return new Pass() {
      @Override
      public void tile(Tile tile) {
        cuts.forEach(cut -> cut.gather(tile));
      }

      @Override
      public Pass finish() {
        cuts.forEach(TorchCut::cut);
        return next.get();
      }

      @Override
      public boolean writes() {
        return false;
      }
    };
  }

  private void gather(Tile tile) {
    Tensor keys = tile.scratch(DType.I32, tile.elements());
    source.keys(keys, tile, 0);
    var buffer = keys.buffer().asIntBuffer();
    for (int i = 0; i < tile.elements(); i++) {
      int key = buffer.get(i);
      int index = (int) tile.first() + i;
      elements[index] = IntroSort.element(order == Order.ASCENDING ? key : ~key, index);
    }
  }

  private void cut() {
    if (order == Order.TOP) {
      IntroSort.smallest(elements, to);
    } else {
      IntroSort.cut(elements, from, to);
    }
    for (int place = from; place < to; place++) {
      kept.set(IntroSort.origin(elements[place]));
    }
  }

  boolean keeps(long element) {
    return kept.get((int) element);
  }

  /** u8, 1 for each element of the tile that is kept. */
  Tensor mask(Tile tile) {
    Tensor mask = tile.scratch(DType.U8, tile.elements());
    var bytes = mask.buffer();
    for (int i = 0; i < tile.elements(); i++) {
      bytes.put(i, (byte) (keeps(tile.first() + i) ? 1 : 0));
    }
    return mask;
  }
}
