package dev.wootz.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a command as a whole process.
 *
 * @param peakMemory bytes of resident memory that are no mapped file pages (RssAnon + RssShmem of /proc), the highest seen
 */
record Measured(double seconds, long peakMemory) {
  private static final int SAMPLE_MILLIS = 5;

  /** Throws {@link IllegalStateException} with the command's output when it fails. */
  static Measured run(List<String> command) {
    try {
      Path log = Files.createTempFile("wootz-bench", ".log");
      long start = System.nanoTime();
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
      long peak = 0;
      while (!process.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS)) {
        peak = Math.max(peak, memory(process.pid()));
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      if (process.exitValue() != 0) {
        throw new IllegalStateException(command + " failed:\n" + Files.readString(log));
      }
      Files.delete(log);
      return new Measured(seconds, peak);
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static long memory(long pid) {
    long kilobytes = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          kilobytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      return 0; // the process has just ended
    }
    return kilobytes * 1024;
  }
}
