package dev.wootz.merge.pipeline;

import dev.wootz.merge.MergeListener;
import dev.wootz.merge.MergeListener.Progress;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.plan.MergePlan;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the threads do and tells the listener, one call at a time and not more often than anybody can read. */
final class RunProgress implements TensorPipeline.Progress {
  private static final long INTERVAL_NANOS = 50_000_000;

  private final MergePlan plan;
  private final MergeListener listener;
  private final LongAdder bytesRead = new LongAdder();
  private final LongAdder bytesWritten = new LongAdder();
  private String phase = "merge";
  private long bytesDone;
  private long bytesTotal;
  private int tensorsDone;
  private int tensorsTotal;
  private String last = "";
  private long lastTold;

  RunProgress(MergePlan plan, MergeListener listener) {
    this.plan = plan;
    this.listener = listener;
  }

  synchronized void planned(long bytesToRead, long bytesToWrite, long peakMemory) {
    listener.planned(plan, bytesToRead, bytesToWrite, peakMemory);
  }

  synchronized void warning(String message) {
    listener.warning(message);
  }

  /** @param bytesDone, tensorsDone what an earlier run has left */
  synchronized void phase(String phase, long bytesDone, long bytesTotal, int tensorsDone, int tensorsTotal) {
    this.phase = phase;
    this.bytesDone = bytesDone;
    this.bytesTotal = bytesTotal;
    this.tensorsDone = tensorsDone;
    this.tensorsTotal = tensorsTotal;
    tell();
  }

  @Override
  public void tileDone(TensorWork work, boolean wrote, long elements) {
    for (TensorSource source : work.sources()) {
      bytesRead.add(elements * source.dtype().bytes());
    }
    if (!wrote) {
      return;
    }
    synchronized (this) {
      long bytes = elements * work.task().outputType().bytes();
      bytesDone += bytes;
      if (phase.equals("merge")) {
        bytesWritten.add(bytes);
      }
      last = work.task().name();
      if (System.nanoTime() - lastTold > INTERVAL_NANOS) {
        tell();
      }
    }
  }

  @Override
  public synchronized void tensorDone(TensorWork work) {
    tensorsDone++;
    last = work.task().name();
    if (tensorsDone == tensorsTotal) {
      tell();
    }
  }

  long bytesRead() {
    return bytesRead.sum();
  }

  long bytesWritten() {
    return bytesWritten.sum();
  }

  private void tell() {
    lastTold = System.nanoTime();
    listener.progress(new Progress(phase, bytesDone, bytesTotal, tensorsDone, tensorsTotal, last));
  }
}
