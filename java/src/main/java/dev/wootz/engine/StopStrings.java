package dev.wootz.engine;

import java.util.List;

/** Lets text through until a stop string appears, holding back what could still become one. */
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopStrings(List<String> stops) {
    this.stops = stops;
  }

  /** The text that is certain to come before any stop string. */
  String accept(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    if (first >= 0) {
      found = true;
      return take(first);
    }
    int keep = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > keep; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          keep = n;
        }
      }
    }
    return take(held.length() - keep);
  }

  /** What was held back, when no more text comes. */
  String finish() {
    return found ? "" : take(held.length());
  }

  boolean found() {
    return found;
  }

  private String take(int count) {
    String text = held.substring(0, count);
    held.delete(0, found ? held.length() : count);
    return text;
  }
}
