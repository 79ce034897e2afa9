package dev.wootz.merge;

import dev.wootz.merge.plan.MergePlan;

/** Hears how a merge goes on. Methods may be called from any of its threads, one call at a time. */
public interface MergeListener {
  MergeListener SILENT = new MergeListener() {};

  /**
   * Everything is opened and validated; writing begins.
   *
   * @param bytesToRead of one pass over all inputs
   * @param peakMemory bytes of buffers
   */
  default void planned(MergePlan plan, long bytesToRead, long bytesToWrite, long peakMemory) {}

  default void progress(Progress progress) {}

  default void warning(String message) {}

  /**
   * How far a merge is.
   *
   * @param phase "merge" or "verify"
   * @param bytesDone of the output
   * @param tensor the last one that was worked on
   */
  record Progress(String phase, long bytesDone, long bytesTotal, int tensorsDone, int tensorsTotal, String tensor) {}
}
