package dev.wootz.merge;

import org.jspecify.annotations.Nullable;

/**
 * One pass over the elements of one tensor. A method is a chain of passes: the first ones measure (norms, histograms, counts), the
 * last one writes the output. Each pass sees every tile once; what it sums it keeps per tile and adds in tile order in
 * {@link #finish}, so that results do not depend on the number of threads.
 */
public interface Pass {

  /** How many probes {@link #probe} wants to see before the first tile; 0 for none. */
  default int probes() {
    return 0;
  }

  /**
   * Looks at a small piece of the tensor before any tile, on one thread. Probes lie evenly over the tensor; {@link Tile#index} numbers
   * them and there is no output. Results must not depend on them, only the work to reach the results: a pass whose probes are never
   * shown stays right.
   */
  default void probe(Tile tile) {}

  /** Handles one tile. Called from several threads at once, in any order. When {@link #writes}, fills {@link Tile#output()}. */
  void tile(Tile tile);

  /** Called once, after every tile, on one thread. Returns the next pass; null exactly when this pass {@link #writes}. */
  @Nullable Pass finish();

  /** Whether this pass fills the output. */
  boolean writes();

  /** The pass that writes: {@code body} for every tile, then the tensor is done. */
  static Pass output(java.util.function.Consumer<Tile> body) {
    return new Pass() {
      @Override
      public void tile(Tile tile) {
        body.accept(tile);
      }

      @Override
      public @Nullable Pass finish() {
        return null;
      }

      @Override
      public boolean writes() {
        return true;
      }
    };
  }
}
