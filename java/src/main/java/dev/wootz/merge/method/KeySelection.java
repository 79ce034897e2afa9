package dev.wootz.merge.method;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeMethod.Tiling;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.merge.Tile;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/**
 * Finds the keys at given ranks among all keys of one tensor, exactly and without sorting. With a sample of the tensor one pass is enough:
 * it keeps the few keys between guessed bounds and counts the others. Without one, or when the guess was wrong, histograms narrow the keys
 * down first.
 */
final class KeySelection {
  /** Tensors up to this size are kept whole. */
  private static final long SMALL = 1 << 14;

  /** Keys kept at most for one rank: 32 MiB. */
  private static final long CAPACITY = 8 << 20;

  /** What the keys are. */
  @FunctionalInterface
  interface Source {
    /**
     * Writes the keys of {@code key.elements()} elements of the tile, from element {@code first} on.
     *
     * @param key i32, read as unsigned
     */
    void keys(Tensor key, Tile tile, long first);

    /**
     * {@link Kernels#selectBetween} of the keys of {@code n} elements of the tile, from element {@code first} on, without writing them.
     * Returns false, having done nothing, where there is no such operation.
     */
    default boolean between(Tensor found, long[] counts, Tile tile, long first, long n, int low, int high) {
      return false;
    }
  }

  /** Keys of a piece of a tile, written when somebody asks for them. */
  private final class Piece implements Round.Keys {
    private final Tile tile;
    private final long first;
    private final Tensor room;
    private boolean written;

    /** @param room where the keys may be written */
    Piece(Tile tile, long first, Tensor room) {
      this.tile = tile;
      this.first = first;
      this.room = room;
    }

    @Override
    public Tensor all() {
      if (!written) {
        source.keys(room, tile, first);
        written = true;
      }
      return room;
    }

    @Override
    public void between(Tensor found, long[] counts, int low, int high) {
      if (written || !source.between(found, counts, tile, first, room.elements(), low, high)) {
        kernels.selectBetween(found, counts, all(), low, high);
      }
    }
  }

  private static final class Cut {
    final LongUnaryOperator rank;
    Round round;
    OrderStatistic found;

    Cut(LongUnaryOperator rank, Round round) {
      this.rank = rank;
      this.round = round;
    }
  }

  private final Kernels kernels;
  private final long elements;
  private final int tiles;
  private final Tiling tiling;
  private final Source source;
  private final long capacity;
  private final boolean countZeros;
  private final List<Cut> cuts;
  private final long[] zeros;
  private final KeySample sample = new KeySample();
  private boolean first = true;

  private KeySelection(TensorTask task, Tiling tiling, Source source, long capacity, boolean countZeros, LongUnaryOperator... ranks) {
    this.kernels = task.kernels();
    this.elements = task.shape().elements();
    this.tiles = task.tiles();
    this.tiling = tiling;
    this.source = source;
    this.capacity = capacity;
    this.countZeros = countZeros;
    this.zeros = new long[tiles];
    this.cuts = Arrays.stream(ranks).map(rank -> new Cut(rank, firstRound())).toList();
  }

  /** @param ranks places in the ascending order of all keys, from 0 */
  static KeySelection ranks(TensorTask task, Tiling tiling, Source source, long... ranks) {
    return ranks(task, tiling, source, CAPACITY, ranks);
  }

  /** @param capacity keys kept at most for one rank */
  static KeySelection ranks(TensorTask task, Tiling tiling, Source source, long capacity, long[] ranks) {
    LongUnaryOperator[] constant =
        Arrays.stream(ranks).mapToObj(rank -> (LongUnaryOperator) zeros -> rank).toArray(LongUnaryOperator[]::new);
    return new KeySelection(task, tiling, source, capacity, false, constant);
  }

  /** @param rank from the number of keys that are zero; may be the number of all keys, which finds nothing */
  static KeySelection rankByZeros(TensorTask task, Source source, LongUnaryOperator rank) {
    return new KeySelection(task, Tiling.ELEMENTS, source, CAPACITY, true, rank);
  }

  private Round firstRound() {
    return elements <= SMALL
        ? new BracketRound(kernels, tiles, capacity, 0, 0xFFFFFFFF)
        : HistogramRound.upper(kernels, tiles, capacity);
  }

  /** The key at the {@code cut}-th of the ranks; null when the rank is the number of all keys. */
  OrderStatistic found(int cut) {
    return cuts.get(cut).found;
  }

  /** How many keys are zero. Only of a selection {@link #rankByZeros}. */
  long zeros() {
    return Arrays.stream(zeros).sum();
  }

  private boolean done() {
    return cuts.stream().allMatch(cut -> cut.round == null);
  }

  private void probe(Tile tile, boolean last) {
    Tensor keys = tile.scratch(DType.I32, tile.elements());
    source.keys(keys, tile, 0);
    int[] copy = new int[Math.toIntExact(tile.elements())];
    keys.buffer().asIntBuffer().get(copy);
    sample.add(copy);
    if (last) {
      double n = elements;
      for (Cut cut : cuts) {
        cut.round =
            sample.bracket(
                kernels,
                tiles,
                capacity,
                zeros -> Math.min(cut.rank.applyAsLong((long) (zeros * n)) + 0.5, n) / n,
                countZeros);
      }
    }
  }

  private void add(Tile tile) {
    long size = cuts.stream().filter(cut -> cut.round != null).mapToLong(cut -> cut.round.chunk()).max().orElse(1);
    if (tiling == Tiling.ROWS) {
      size = Math.max(1, size / tile.cols()) * tile.cols();
    }
    size = Math.min(size, tile.elements());
    Tensor keys = tile.scratch(DType.I32, size);
    Tensor found = tile.scratch(DType.I32, size);
    for (long from = 0; from < tile.elements(); from += size) {
      long n = Math.min(size, tile.elements() - from);
      Piece piece = new Piece(tile, from, keys.flat(0, n));
      if (countZeros && first) {
        long[] counts = new long[3];
        kernels.selectCount(counts, piece.all(), 0);
        zeros[tile.index()] += counts[1];
      }
      for (Cut cut : cuts) {
        if (cut.round != null) {
          cut.round.add(tile.index(), piece, found.flat(0, n));
        }
      }
    }
  }

  private void finish() {
    long zeroKeys = zeros();
    first = false;
    for (Cut cut : cuts) {
      long rank = cut.rank.applyAsLong(zeroKeys);
      if (cut.round == null || rank == elements) {
        cut.round = null;
        continue;
      }
      Round.Outcome outcome = cut.round.finish(rank);
      cut.round = outcome.next();
      cut.found = outcome.found();
    }
  }

  /** The passes that make the selections, then {@code next}. */
  static Pass pass(List<KeySelection> selections, Supplier<Pass> next) {
    return pass(selections, next, true);
  }

  private static Pass pass(List<KeySelection> selections, Supplier<Pass> next, boolean mayProbe) {
    List<KeySelection> open = selections.stream().filter(selection -> !selection.done()).toList();
    if (open.isEmpty()) {
      return next.get();
    }
    return new Pass() {
      @Override
      public int probes() {
        long n = open.get(0).elements;
        return mayProbe && n > SMALL ? probesFor(n) : 0;
      }

      @Override
      public void probe(Tile tile) {
        open.forEach(selection -> selection.probe(tile, tile.index() == probes() - 1));
      }

      @Override
      public void tile(Tile tile) {
        open.forEach(selection -> selection.add(tile));
      }

      @Override
      public Pass finish() {
        open.forEach(KeySelection::finish);
        return pass(open, next, false);
      }

      @Override
      public boolean writes() {
        return false;
      }
    };
  }

  /** A sample of m keys costs about m, and leaves about n / sqrt(m) keys to be kept: m near n^(2/3) is cheapest. */
  private static int probesFor(long n) {
    return (int) Math.max(16, Math.min(256, Math.pow(n, 2.0 / 3) / 1024));
  }
}
