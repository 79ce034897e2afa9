package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences with shifted keys and values that are computed anew, each beside itself, while other requests leave room in a step; then the exact
 * pages take the place of the shifted ones, between two steps. A rebuild takes no page from anybody, and gives its own to whoever needs them.
 *
 * <p>For the engine's thread, or under its lock.
 */
final class Rebuilds {
  private final List<Run> runs = new ArrayList<>();
  private long done;

  /** @param run with {@link Run#rebuilds} */
  void add(Run run) {
    runs.add(run);
  }

  /** In the order in which they were asked for, their tokens being those that their sequences have now. */
  List<Run> runs() {
    runs.forEach(run -> run.sequence.follow(run.rebuilds));
    return runs;
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** How many have put exact pages in place of shifted ones. */
  long done() {
    return done;
  }

  /** Ends those that have come as far as their sequences, whose sequences were edited again, or whose adapter was closed. */
  void settle() {
    for (Run run : List.copyOf(runs)) {
      settle(run, run.closedAdapter());
    }
  }

  /** @param failure of the rebuild, or null */
  void settle(Run run, @Nullable Throwable failure) {
    CachedSequence target = run.rebuilds;
    if (failure != null) {
      end(run);
      run.answer.fail(failure);
    } else if (target.version() != run.version || target.approximateFrom() == Integer.MAX_VALUE) {
      end(run);
      run.answer.complete(run.result(FinishReason.CANCELLED));
    } else {
      run.sequence.follow(target);
      if (!target.shifting() && run.sequence.computed() >= target.computed()) {
        runs.remove(run);
        target.takeOver(run.sequence);
        done++;
        run.answer.complete(run.result(FinishReason.LENGTH));
      }
    }
  }

  private void end(Run run) {
    runs.remove(run);
    run.sequence.drop();
  }

  /** Gives the pages of one of them back. Returns whether it had some. */
  boolean release() {
    for (Run run : runs) {
      if (run.planned == 0 && run.sequence.table().count() > 0) {
        run.sequence.drop();
        return true;
      }
    }
    return false;
  }

  /** When nothing else is to do and yet there is no room for both: the shifted pages go, and their tokens are computed when they are needed. */
  void giveUp() {
    Run first = runs.get(0);
    first.rebuilds.forget(first.rebuilds.approximateFrom());
  }

  void fail(Throwable cause) {
    List.copyOf(runs).forEach(run -> settle(run, cause));
  }
}
