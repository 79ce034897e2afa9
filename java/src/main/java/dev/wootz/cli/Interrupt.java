package dev.wootz.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Ctrl-C while a job runs: the job is asked to end, and the virtual machine waits until it has cleaned up. The exit code is then the
 * system's for the signal (130 for Ctrl-C).
 */
final class Interrupt {
  private static final long PATIENCE_SECONDS = 30;

  private Interrupt() {}

  /**
   * Runs the job.
   *
   * @param cancel asks it to end; called from another thread
   */
  static <R> R during(Runnable cancel, Supplier<R> job) {
    CountDownLatch finished = new CountDownLatch(1);
    Thread hook = new Thread(() -> end(cancel, finished), "wootz-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return job.get();
    } finally {
      finished.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The virtual machine is ending already: the hook is what it waits for.
      }
    }
  }

  private static void end(Runnable cancel, CountDownLatch finished) {
    cancel.run();
    try {
      finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
