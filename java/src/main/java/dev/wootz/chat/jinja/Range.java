package dev.wootz.chat.jinja;

import java.util.AbstractList;

/** Python's range: numbers that are not stored. */
final class Range extends AbstractList<Object> {
  /** What the sandbox of Jinja2 admits. */
  private static final long LONGEST = 100_000;

  private final long start;
  private final long stop;
  private final long step;
  private final int size;

  private Range(long start, long stop, long step, long size) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.size = (int) size;
  }

  static Range of(long start, long stop, long step) {
    if (step == 0) {
      throw new Fault("range() arg 3 must not be zero");
    }
    // in double: the difference of two longs may not be one; exact wherever it is small enough to be accepted
    double span = step > 0 ? (double) stop - start : (double) start - stop;
    double count = Math.max(0, Math.ceil(span / Math.abs((double) step)));
    if (count > LONGEST) {
      throw new Fault("a range of more than " + LONGEST + " numbers");
    }
    return new Range(start, stop, step, (long) count);
  }

  /** Every {@code stride}th number from the {@code first}th on, up to and without the {@code end}th. */
  Range slice(long first, long end, long stride) {
    return of(start + first * step, start + end * step, step * stride);
  }

  @Override
  public Object get(int index) {
    return start + index * step;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String toString() {
    return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
  }
}
