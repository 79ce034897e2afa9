package dev.wootz.merge.pipeline;

import dev.wootz.tensor.Shape;

/**
 * Where a tensor is cut into tiles. The cuts depend on the shape alone, never on threads or memory, because sums over tiles are added
 * tile by tile.
 *
 * @param elements of the tensor
 * @param cols the last dimension
 * @param tileElements of every tile but the last
 * @param cutsRows whether tiles are whole rows
 * @param rows whether tiles report rows; otherwise each is one row of all its elements
 */
public record TileGrid(long elements, long cols, long tileElements, boolean cutsRows, boolean rows) {
  private static final long PROBE = 1024;

  /**
   * Elements of a tile: 256 KiB of bfloat16, so that three inputs and an output stay in a core's second-level cache, and large enough
   * that a system call and a native call cost nothing beside it.
   */
  public static final long TILE = 128 * 1024;

  /** @param wholeRows cut between rows of the last dimension only; @param rows whether tiles report those rows */
  public static TileGrid of(Shape shape, boolean wholeRows, boolean rows) {
    long elements = shape.elements();
    long cols = Math.max(1, shape.cols());
    long tile = TILE;
    if (wholeRows || rows) {
      tile = Math.max(1, TILE / cols) * cols;
    }
    return new TileGrid(elements, cols, Math.max(1, Math.min(tile, elements)), wholeRows || rows, rows);
  }

  /** An empty tensor has no tiles. */
  public int count() {
    return Math.toIntExact((elements + tileElements - 1) / tileElements);
  }

  public long first(int tile) {
    return tile * tileElements;
  }

  public long elements(int tile) {
    return Math.min(tileElements, elements - first(tile));
  }

  Piece tile(int tile) {
    return piece(tile, first(tile), elements(tile));
  }

  /** Number {@code probe} of {@code probes} small pieces that lie evenly over the tensor. */
  Piece probe(int probe, int probes) {
    long unit = cutsRows ? cols : 1;
    long n = Math.min(elements, Math.max(unit, PROBE / unit * unit));
    long last = (elements - n) / unit;
    long at = probes == 1 ? 0 : last * probe / (probes - 1);
    return piece(probe, at * unit, n);
  }

  private Piece piece(int index, long first, long n) {
    return new Piece(index, first, rows ? Shape.of(n / cols, cols) : Shape.of(1, n));
  }

  /** A piece of a tensor: its number, the flat index of its first element, its extents. */
  record Piece(int index, long first, Shape shape) {}
}
