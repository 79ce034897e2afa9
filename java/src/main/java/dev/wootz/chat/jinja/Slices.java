package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** {@code value[start:stop:step]} and {@code value[index]} of texts, lists and tuples. */
final class Slices {
  private Slices() {}

  /** By code points. */
  static String substring(String s, int start, int end) {
    int length = s.length();
    if (s.codePointCount(0, length) == length) {
      return s.substring(Math.min(start, length), Math.min(end, length));
    }
    int count = s.codePointCount(0, length);
    int from = s.offsetByCodePoints(0, Math.min(start, count));
    return s.substring(from, s.offsetByCodePoints(from, Math.max(0, Math.min(end, count) - Math.min(start, count))));
  }

  /** A part of a value; bounds and step are integers or None. */
  static Object slice(Object value, Object start, Object stop, Object step, Run run) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    boolean sliceable = value instanceof String || value instanceof List || value instanceof Tuple;
    if (!sliceable) {
      throw new Fault(value instanceof Dict ? "unhashable type: 'slice'" : "'" + Kind.of(value) + "' object is not subscriptable");
    }
    long stride = bound(step, 1);
    if (stride == 0) {
      throw new Fault("slice step cannot be zero");
    }
    int length = Iteration.length(value, run);
    long first = clamp(bound(start, stride > 0 ? 0 : Long.MAX_VALUE), length, stride);
    long end = stop == None.NONE ? (stride > 0 ? length : -1) : clamp(bound(stop, 0), length, stride);
    if (value instanceof String text) {
      run.charge(text.length() >> 4);
      return stride == 1 ? substring(text, (int) first, (int) Math.max(first, end)) : everyNth(text, first, end, stride, run);
    }
    if (value instanceof Range range) {
      return range.slice(first, end, stride);
    }
    List<Object> elements = new ArrayList<>();
    List<?> all = value instanceof Tuple tuple ? tuple.elements() : (List<?>) value;
    for (long i = first; stride > 0 ? i < end : i > end; i += stride) {
      run.chargeElements(1);
      elements.add(all.get((int) i));
    }
    return value instanceof Tuple ? new Tuple(elements) : elements;
  }

  private static String everyNth(String text, long first, long end, long stride, Run run) {
    int[] codePoints = text.codePoints().toArray();
    run.charge(codePoints.length);
    StringBuilder part = new StringBuilder();
    for (long i = first; stride > 0 ? i < end : i > end; i += stride) {
      part.appendCodePoint(codePoints[(int) i]);
    }
    return part.toString();
  }

  private static long bound(Object given, long otherwise) {
    if (given == None.NONE) {
      return otherwise;
    }
    if (!Numbers.isInteger(given)) {
      throw new Fault("slice indices must be integers or None, not " + Kind.of(given));
    }
    return Numbers.integer(given);
  }

  private static long clamp(long bound, int length, long stride) {
    long at = bound < 0 ? bound + length : bound;
    return stride > 0 ? Math.max(0, Math.min(at, length)) : Math.max(-1, Math.min(at, length - 1L));
  }
}
