package dev.wootz.engine;

import java.util.concurrent.atomic.AtomicLong;

/** What {@link EngineStressTest} met: it is no stress where these are zero. */
final class StressFigures {
  /** Answers equal to those alone, to the end. */
  final AtomicLong whole = new AtomicLong();

  /** Answers that were ended before. */
  final AtomicLong begun = new AtomicLong();

  final AtomicLong forks = new AtomicLong();
  /** Detours taken out of sequences, and keys computed anew in the background that were waited for. */
  final AtomicLong edits = new AtomicLong();

  /** Edits that left shifted keys. */
  final AtomicLong shifted = new AtomicLong();

  final AtomicLong rebuilt = new AtomicLong();
  final AtomicLong thrown = new AtomicLong();
  final AtomicLong refused = new AtomicLong();

  long preempted;
  long evicted;
  long copied;
  long found;
  long generated;

  @Override
  public String toString() {
    return whole + " answers as if alone, " + begun + " ended early, " + forks + " forks, " + edits + " edits, " + shifted + " shifted, " + rebuilt + " rebuilt, " + thrown + " listeners that threw, " + refused + " refused; "
        + generated + " tokens generated, " + found + " found in the cache, " + preempted + " preemptions, " + evicted + " pages evicted, " + copied + " copied";
  }
}
