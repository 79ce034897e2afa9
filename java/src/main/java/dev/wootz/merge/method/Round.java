package dev.wootz.merge.method;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One way of looking at all keys of a tensor once, in search of the key at a rank. */
interface Round {

  /**
   * Looks at some keys. Called from several threads at once, but for one tile from one thread at a time.
   *
   * @param found i32 of as many elements as there are keys: working memory
   */
  void add(int tile, Keys keys, Tensor found);

  /**
   * Called once, after all keys.
   *
   * @param rank place in the ascending order of all keys, from 0
   */
  Outcome finish(long rank);

  /** Elements of a call of {@link #add} that suit it. */
  long chunk();

  /** Some keys, which need not be in memory. */
  interface Keys {
    /** i32, read as unsigned. */
    Tensor all();

    /** {@link dev.wootz.kernel.Kernels#selectBetween} of them. */
    void between(Tensor found, long[] counts, int low, int high);
  }

  /** Either the answer or the round that comes next. */
  record Outcome(@Nullable OrderStatistic found, @Nullable Round next) {
    static Outcome found(OrderStatistic statistic) {
      return new Outcome(statistic, null);
    }

    static Outcome next(Round round) {
      return new Outcome(null, round);
    }
  }
}
