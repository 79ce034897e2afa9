package dev.wootz.engine.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** A set of Unicode code points without surrogates, as sorted ranges. Immutable. */
final class CodePoints {
  static final int LAST = 0x10FFFF;
  static final CodePoints NONE = new CodePoints(new int[0]);
  static final CodePoints ALL = of(0, LAST);

  /** from, to (inclusive), from, to, ... */
  private final int[] bounds;

  private CodePoints(int[] bounds) {
    this.bounds = bounds;
  }

  static CodePoints of(int from, int to) {
    if (to < 0xD800 || from > 0xDFFF) {
      return from > to ? NONE : new CodePoints(new int[] {from, to});
    }
    return normalized(new int[] {from, Math.min(to, 0xD7FF), Math.max(from, 0xE000), to});
  }

  /** Single code points. */
  static CodePoints of(String each) {
    return each.codePoints().mapToObj(c -> of(c, c)).reduce(NONE, CodePoints::or);
  }

  static CodePoints where(IntPredicate test) {
    List<Integer> found = new ArrayList<>();
    for (int c = 0; c <= LAST; c++) {
      if (test.test(c) && (c < 0xD800 || c > 0xDFFF)) {
        found.add(c);
        while (c < LAST && test.test(c + 1) && (c + 1 < 0xD800 || c + 1 > 0xDFFF)) {
          c++;
        }
        found.add(c);
      }
    }
    return new CodePoints(found.stream().mapToInt(Integer::intValue).toArray());
  }

  private static CodePoints normalized(int[] pairs) {
    int[][] ranges = new int[pairs.length / 2][];
    for (int i = 0; i < ranges.length; i++) {
      ranges[i] = new int[] {pairs[2 * i], pairs[2 * i + 1]};
    }
    int[][] sorted = Arrays.stream(ranges).filter(r -> r[0] <= r[1]).sorted((a, b) -> Integer.compare(a[0], b[0])).toArray(int[][]::new);
    int[] out = new int[2 * sorted.length];
    int n = 0;
    for (int[] range : sorted) {
      if (n > 0 && range[0] <= out[n - 1] + 1) {
        out[n - 1] = Math.max(out[n - 1], range[1]);
      } else {
        out[n++] = range[0];
        out[n++] = range[1];
      }
    }
    return new CodePoints(Arrays.copyOf(out, n));
  }

  CodePoints or(CodePoints other) {
    int[] both = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
    System.arraycopy(other.bounds, 0, both, bounds.length, other.bounds.length);
    return normalized(both);
  }

  CodePoints not() {
    List<CodePoints> gaps = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      gaps.add(of(from, bounds[i] - 1));
      from = bounds[i + 1] + 1;
    }
    gaps.add(of(from, LAST));
    return gaps.stream().reduce(NONE, CodePoints::or);
  }

  CodePoints and(CodePoints other) {
    return not().or(other.not()).not();
  }

  CodePoints minus(CodePoints other) {
    return and(other.not());
  }

  boolean has(int c) {
    for (int i = 0; i < bounds.length; i += 2) {
      if (c >= bounds[i] && c <= bounds[i + 1]) {
        return true;
      }
    }
    return false;
  }

  boolean isEmpty() {
    return bounds.length == 0;
  }

  /** from, to (inclusive) of each range, ascending. */
  int[] bounds() {
    return bounds.clone();
  }

  /** With the other case of each ASCII letter. */
  CodePoints ignoringCase() {
    CodePoints result = this;
    for (int c = 'a'; c <= 'z'; c++) {
      if (has(c) || has(c - 32)) {
        result = result.or(of(c, c)).or(of(c - 32, c - 32));
      }
    }
    return result;
  }
}
