package dev.wootz.merge.pipeline;

import dev.wootz.merge.MergeMethod;
import dev.wootz.merge.Pass;
import dev.wootz.merge.TensorSource;
import dev.wootz.merge.TensorTask;
import java.util.List;

/**
 * One output tensor, ready to be computed: what the method sees, where the inputs come from, how it is cut.
 *
 * @param sources in the order of the task's source numbers
 * @param owned what to close when the tensor is finished
 */
record TensorWork(TensorTask task, MergeMethod method, List<TensorSource> sources, TileGrid grid, List<AutoCloseable> owned) {

  Pass start() {
    return method.start(task);
  }

  /** Frees what belongs to this tensor alone. */
  void release() {
    for (AutoCloseable resource : owned) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing what " + task.name() + " held", e);
      }
    }
  }

  long outputBytes() {
    return task.shape().elements() * task.outputType().bytes();
  }

  /** Bytes that one pass reads. */
  long bytesPerPass() {
    return sources.stream().mapToLong(TensorSource::bytesToRead).sum();
  }

  /** Bytes of one thread's inputs and output for one tile, without the method's scratch. */
  long tileBytes() {
    long n = grid.tileElements();
    return n * task.outputType().bytes() + sources.stream().mapToLong(s -> n * s.dtype().bytes()).sum();
  }
}
