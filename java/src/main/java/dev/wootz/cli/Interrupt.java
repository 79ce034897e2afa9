package dev.wootz.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C while a job runs: the job is asked to end, and the virtual machine waits until it has cleaned up. The exit code is then the
 * system's for the signal (130 for Ctrl-C).
 */
final class Interrupt implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  /** @param cancel asks the job to end; called from another thread */
  Interrupt(Runnable cancel) {
    hook =
        new Thread(
            () -> {
              cancel.run();
              try {
                finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "wootz-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The job has ended. */
  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The virtual machine is ending already: the hook is what waits for us.
    }
  }
}
