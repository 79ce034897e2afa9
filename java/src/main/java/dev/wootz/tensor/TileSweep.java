package dev.wootz.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * One pass over the elements of many tensors: they are cut into pieces of bounded size, in the same places whatever the number of threads,
 * and each thread takes the next piece that nobody has taken.
 */
public final class TileSweep {

  /**
   * A part of a tensor.
   *
   * @param tensor its number in the list that the sweep was made from
   * @param index number of the piece within its tensor
   * @param first flat index of its first element
   */
  public record Piece(int tensor, int index, long first, long elements) {}

  /** What one thread works with: its buffers, closed when the sweep ends. */
  public interface Worker extends AutoCloseable {
    void piece(Piece piece);

    @Override
    void close();
  }

  private final List<Piece> pieces = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private volatile boolean stopped;
  private volatile boolean cancelled;

  /** @param maxElements of a piece */
  public TileSweep(List<Shape> tensors, long maxElements) {
    if (maxElements < 1) {
      throw new IllegalArgumentException("pieces of at most " + maxElements + " elements, expected at least 1");
    }
    for (int t = 0; t < tensors.size(); t++) {
      long elements = tensors.get(t).elements();
      int index = 0;
      for (long first = 0; first < elements; first += maxElements) {
        pieces.add(new Piece(t, index++, first, Math.min(maxElements, elements - first)));
      }
    }
  }

  /** Ends {@link #run} soon, from another thread. */
  public void cancel() {
    cancelled = true;
    stopped = true;
  }

  /**
   * Gives every piece to one of {@code threads} workers, once. Rethrows what a worker threw first, and throws {@link CancellationException}
   * after {@link #cancel}; every thread has ended by then. To be called once.
   */
  public void run(int threads, Supplier<Worker> workers) {
    int count = Math.max(1, Math.min(threads, pieces.size()));
    ExecutorService pool = Executors.newFixedThreadPool(count, TileSweep::thread);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      running.add(pool.submit(() -> work(workers)));
    }
    pool.shutdown();
    Throwable failure = null;
    for (Future<?> worker : running) {
      failure = outcome(worker, failure);
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (cancelled) {
      throw new CancellationException();
    }
  }

  private void work(Supplier<Worker> workers) {
    try (Worker worker = workers.get()) {
      int i;
      while (!stopped && (i = next.getAndIncrement()) < pieces.size()) {
        worker.piece(pieces.get(i));
      }
    } catch (Throwable e) {
      stopped = true;
      throw e;
    }
  }

  /** The first failure; waits for the worker even when this thread is interrupted, for its buffers are in use until it ends. */
  private Throwable outcome(Future<?> worker, Throwable earlier) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          worker.get();
          return earlier;
        } catch (ExecutionException e) {
          return earlier == null ? e.getCause() : earlier;
        } catch (InterruptedException e) {
          interrupted = true;
          cancel();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Thread thread(Runnable body) {
    Thread thread = new Thread(body, "wootz-sweep");
    thread.setDaemon(true);
    return thread;
  }
}
