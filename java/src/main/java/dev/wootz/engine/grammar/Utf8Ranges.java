package dev.wootz.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/** Code points as the bytes of UTF-8, no longer than needed and without surrogates. */
final class Utf8Ranges {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  private Utf8Ranges() {}

  /** One character of the set. */
  static Expression of(CodePoints set, Expressions in) {
    List<Expression> parts = new ArrayList<>();
    int[] bounds = set.bounds();
    for (int i = 0; i < bounds.length; i += 2) {
      int from = bounds[i];
      for (int length = 1; length <= 4 && from <= bounds[i + 1]; length++) {
        int to = Math.min(bounds[i + 1], LAST_OF_LENGTH[length - 1]);
        if (from <= to) {
          split(from, to, length, in, parts);
          from = to + 1;
        }
      }
    }
    return in.choice(parts);
  }

  /** Both of the same length. */
  private static void split(int from, int to, int length, Expressions in, List<Expression> parts) {
    for (int i = 1; i < length; i++) {
      int low = (1 << 6 * i) - 1;
      if ((from & ~low) != (to & ~low)) {
        if ((from & low) != 0) {
          split(from, from | low, length, in, parts);
          split((from | low) + 1, to, length, in, parts);
          return;
        }
        if ((to & low) != low) {
          split(from, (to & ~low) - 1, length, in, parts);
          split(to & ~low, to, length, in, parts);
          return;
        }
      }
    }
    Expression[] bytes = new Expression[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = in.range(at(from, i, length), at(to, i, length));
    }
    parts.add(in.sequence(bytes));
  }

  /** Byte {@code i} of a character that takes {@code length}. */
  private static int at(int c, int i, int length) {
    if (length == 1) {
      return c;
    }
    int bits = c >> 6 * (length - 1 - i);
    return i == 0 ? 0xF00 >> length & 0xFF | bits : 0x80 | bits & 0x3F;
  }
}
