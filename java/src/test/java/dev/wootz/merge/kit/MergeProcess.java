package dev.wootz.merge.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code wootz merge} in a process of its own, with the launcher's options and the tests' class path. */
public final class MergeProcess implements AutoCloseable {
  private final Process process;
  private final Path log;
  private long peakMemory;

  private MergeProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  public static MergeProcess start(Path log, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.wootz.cli.Main",
                "merge"));
    command.addAll(Arrays.asList(arguments));
    return new MergeProcess(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
  }

  /** The exit code. Samples memory meanwhile. */
  public int waitFor() throws IOException, InterruptedException {
    while (!process.waitFor(5, TimeUnit.MILLISECONDS)) {
      peakMemory = Math.max(peakMemory, memory());
    }
    return process.exitValue();
  }

  /** SIGKILL: nothing of the program runs after it. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public boolean running() {
    return process.isAlive();
  }

  public String output() throws IOException {
    return Files.readString(log);
  }

  /** Bytes of resident memory that are no pages of mapped files (RssAnon + RssShmem), the highest seen while waiting. */
  public long peakMemory() {
    return peakMemory;
  }

  private long memory() {
    long kilobytes = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          kilobytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      return 0; // it has just ended
    }
    return kilobytes * 1024;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
