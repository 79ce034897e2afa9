package dev.wootz.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * How far a long job is, on standard error: bytes, rate, time left. On a terminal it is one line, rewritten ten times a second; elsewhere
 * a line every ten seconds, so that a log stays readable. Safe from any thread.
 */
final class ProgressLine implements AutoCloseable {
  /** How it is shown. */
  enum Style {
    LINE,
    SPARSE,
    NONE;

    static Style of(boolean json) {
      return json ? NONE : Terminal.attached() ? LINE : SPARSE;
    }
  }

  private static final long LINE_INTERVAL = 100_000_000L;
  private static final long SPARSE_INTERVAL = 10_000_000_000L;
  private static final int WIDTH = 79;
  private static final String ERASE = "\r\033[K";

  private final PrintWriter err;
  private final Style style;
  private String phase = "";
  private long phaseStart;
  private long phaseBytes;
  private long shown;
  private boolean onScreen;

  ProgressLine(PrintWriter err, Style style) {
    this.err = err;
    this.style = style;
  }

  /**
   * @param phase what is being done: "merging"
   * @param detail what it is at, shown where there is room
   */
  synchronized void update(String phase, long bytesDone, long bytesTotal, String detail) {
    if (due(phase, bytesDone)) {
      show(text(bytesDone, bytesTotal, (System.nanoTime() - phaseStart) * 1e-9), detail);
    }
  }

  /** The same for things that are counted: {@code 12 of 196}. */
  synchronized void count(String phase, int done, int total, String detail) {
    if (due(phase, done)) {
      show(total == 0 ? phase : phase + " " + done + " of " + total, detail);
    }
  }

  /** Whether it is time for the next line. */
  private boolean due(String phase, long done) {
    long now = System.nanoTime();
    if (!phase.equals(this.phase)) {
      this.phase = phase;
      phaseStart = now;
      phaseBytes = done;
      shown = style == Style.SPARSE ? now : now - LINE_INTERVAL;
    }
    if (style == Style.NONE || now - shown < (style == Style.LINE ? LINE_INTERVAL : SPARSE_INTERVAL)) {
      return false;
    }
    shown = now;
    return true;
  }

  private void show(String text, String detail) {
    if (style == Style.LINE) {
      String line = text + "  " + detail;
      err.print(ERASE + (line.length() > WIDTH ? line.substring(0, WIDTH) : line));
      onScreen = true;
    } else {
      err.println("wootz: " + text);
    }
    err.flush();
  }

  private String text(long done, long total, double seconds) {
    double rate = seconds > 0 ? (done - phaseBytes) / seconds : 0;
    String text = String.format(Locale.ROOT, "%s %s of %s  %3d %%", phase, ByteSize.text(done), ByteSize.text(total), percent(done, total));
    return rate <= 0 ? text : text + "  " + ByteSize.text((long) rate) + "/s  " + duration((total - done) / rate) + " left";
  }

  private static long percent(long done, long total) {
    return total == 0 ? 100 : (long) (100.0 * done / total);
  }

  /** {@code "0.4 s"}, {@code "12 s"}, {@code "3 min 20 s"}, {@code "2 h 5 min"}. */
  static String duration(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600 ? whole / 60 + " min " + whole % 60 + " s" : whole / 3600 + " h " + whole / 60 % 60 + " min";
  }

  /** A line of its own, in every style. */
  synchronized void message(String text) {
    erase();
    err.println("wootz: " + text);
    err.flush();
  }

  private void erase() {
    if (onScreen) {
      err.print(ERASE);
      onScreen = false;
    }
  }

  /** Takes the line off the screen. */
  @Override
  public synchronized void close() {
    erase();
    err.flush();
  }
}
