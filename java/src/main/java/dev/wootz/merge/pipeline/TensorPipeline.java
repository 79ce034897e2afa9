package dev.wootz.merge.pipeline;

import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorTask;
import dev.wootz.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the passes of many tensors on a fixed number of threads. A thread takes a tile of the oldest tensor that has one left; when that
 * tensor only waits for other threads' tiles, it opens the next. Reading, computing and writing of different tiles thus overlap, and
 * memory is one tile's buffers for each thread.
 *
 * <p>The first failure stops everything and is thrown by {@link #run}.
 */
final class TensorPipeline {
  /** Hears of every tile and tensor, on the thread that did it. */
  interface Progress {
    void tileDone(TensorWork work, boolean wrote, long elements);

    void tensorDone(TensorWork work);
  }

  private final Iterator<Supplier<@Nullable TensorWork>> pending;
  private final OutputSink sink;
  private final Progress progress;
  private final boolean checkFinite;

  private final Deque<Job> active = new ArrayDeque<>();
  private boolean opening;
  private @Nullable Throwable failure;
  private volatile boolean cancelled;

  /**
   * @param work in the order in which tensors are opened; each supplier is called once, one at a time, when a thread has nothing else
   *     to do; null is a tensor with nothing to do
   */
  TensorPipeline(List<Supplier<@Nullable TensorWork>> work, OutputSink sink, Progress progress, boolean checkFinite) {
    this.pending = work.iterator();
    this.sink = sink;
    this.progress = progress;
    this.checkFinite = checkFinite;
  }

  /** Returns when every tensor is written. Throws {@link CancellationException} after {@link #cancel}. */
  void run(int threads) {
    List<Thread> others = new ArrayList<>();
    for (int i = 1; i < threads; i++) {
      Thread thread = new Thread(this::work, "wootz-merge-" + i);
      thread.setDaemon(true);
      thread.start();
      others.add(thread);
    }
    work();
    boolean interrupted = false;
    for (Thread thread : others) {
      interrupted |= joinFully(thread);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    active.forEach(job -> job.work.release());
    rethrow(failure);
  }

  /** Stops after the tiles in hand. */
  void cancel() {
    cancelled = true;
    synchronized (this) {
      notifyAll();
    }
  }

  private void work() {
    try (WorkerTile tile = new WorkerTile()) {
      for (Claim claim = next(tile); claim != null; claim = next(tile)) {
        run(claim, tile);
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void run(Claim claim, WorkerTile tile) {
    Job job = claim.job;
    Pass pass = claim.pass;
    TensorTask task = job.work.task();
    boolean writes = pass.writes();
    tile.load(job.work.grid().tile(claim.tile), job.work.sources(), writes ? task.outputType() : null);
    if (checkFinite && job.passes == 0) {
      requireFinite(job.work, tile);
    }
    pass.tile(tile);
    if (writes) {
      sink.piece(job.work, tile);
    }
    progress.tileDone(job.work, writes, tile.elements());
    if (job.tileDone()) {
      passDone(job, tile);
    }
  }

  /** The last tile of a pass is done: nobody else works on this job now. */
  private void passDone(Job job, WorkerTile tile) {
    boolean wrote = job.pass.writes();
    Pass next = job.pass.finish();
    if ((next == null) != wrote) {
      throw new IllegalStateException(job.work.method().name() + ": a chain of passes ends with the one that writes");
    }
    if (next == null) {
      finish(job);
    } else {
      probe(job.work, next, tile);
    }
    synchronized (this) {
      if (next == null) {
        active.remove(job);
      } else {
        job.startPass(next);
      }
      notifyAll();
    }
  }

  private static void probe(TensorWork work, Pass pass, WorkerTile tile) {
    int probes = pass.probes();
    for (int i = 0; i < probes; i++) {
      tile.load(work.grid().probe(i, probes), work.sources(), null);
      pass.probe(tile);
    }
  }

  private void finish(Job job) {
    job.work.release();
    sink.finished(job.work);
    progress.tensorDone(job.work);
  }

  private record Claim(Job job, Pass pass, int tile) {}

  /** The next tile to do; null when there is none and none can come. */
  private @Nullable Claim next(WorkerTile tile) throws InterruptedException {
    while (true) {
      Supplier<@Nullable TensorWork> supplier;
      synchronized (this) {
        while (true) {
          if (failure != null) {
            return null;
          }
          if (cancelled) {
            throw new CancellationException("the merge was cancelled");
          }
          for (Job job : active) {
            if (job.nextTile < job.tiles) {
              return new Claim(job, job.pass, job.nextTile++);
            }
          }
          if (!opening && pending.hasNext()) {
            supplier = pending.next();
            opening = true;
            break;
          }
          if (active.isEmpty() && !opening) {
            return null;
          }
          wait();
        }
      }
      open(supplier, tile);
    }
  }

  /** Opens one more tensor, outside of the lock: the others go on with their tiles. */
  private void open(Supplier<@Nullable TensorWork> supplier, WorkerTile tile) {
    Job job = null;
    try {
      TensorWork work = supplier.get();
      if (work != null) {
        job = new Job(work, work.start());
        if (job.tiles == 0) {
          finish(job);
        } else {
          probe(work, job.pass, tile);
        }
      }
    } finally {
      synchronized (this) {
        opening = false;
        if (job != null && job.tiles > 0) {
          active.addLast(job);
        }
        notifyAll();
      }
    }
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    } else if (failure != e) {
      failure.addSuppressed(e);
    }
    notifyAll();
  }

  private static void requireFinite(TensorWork work, WorkerTile tile) {
    TensorTask task = work.task();
    for (int i = 0; i < work.sources().size(); i++) {
      Tensor input = tile.input(i);
      if (!input.dtype().floating()) {
        continue;
      }
      Kernels.Statistics statistics = task.kernels().statistics(Kernels.Statistics.NONE, input);
      if (statistics.nans() + statistics.infinities() > 0) {
        throw new MergeException(
            "tensor " + task.name() + ": " + work.sources().get(i) + " has " + statistics.nans() + " NaN and "
                + statistics.infinities() + " infinite values among elements " + tile.first() + " to "
                + (tile.first() + tile.elements() - 1) + "; --check-finite expects none");
      }
    }
  }

  private static boolean joinFully(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private static void rethrow(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the merge was interrupted");
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  /** A tensor in hand. The fields are guarded by the pipeline's lock, but for {@code pass} after its last tile. */
  private final class Job {
    final TensorWork work;
    final int tiles;
    Pass pass;
    int passes;
    int nextTile;
    private int done;

    Job(TensorWork work, Pass first) {
      this.work = work;
      this.tiles = work.grid().count();
      this.pass = first;
    }

    void startPass(Pass next) {
      pass = next;
      passes++;
      nextTile = 0;
      done = 0;
    }

    /** True for the caller that finishes the pass. */
    boolean tileDone() {
      synchronized (TensorPipeline.this) {
        return ++done == tiles;
      }
    }
  }
}
