package dev.wootz.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the time of a request is up.
 *
 * @param began by {@link System#nanoTime}
 * @param limit null for none
 */
record Deadline(long began, @Nullable Duration limit) {
  boolean over() {
    return over(System.nanoTime());
  }

  boolean over(long now) {
    // Durations past 292 years do not fit into a long of nanoseconds; those compare as durations.
    return limit != null && Duration.ofNanos(now - began).compareTo(limit) >= 0;
  }
}
