package dev.wootz.chat.jinja;

import java.util.List;

/** Python's tuple: a list that prints with round brackets and can be a key. */
record Tuple(List<Object> elements) {
  static Tuple of(Object... elements) {
    return new Tuple(List.of(elements));
  }
}
