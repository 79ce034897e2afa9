package dev.wootz.merge.pipeline;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.SourcePlan;
import dev.wootz.merge.plan.TensorPlan;

/**
 * How many threads fit into the memory that is allowed. The buffers of a thread hold one tile of each input and of the output, and
 * what the method works with; they do not grow with the model, only with its longest row.
 *
 * @param perThread bytes
 */
record MemoryPlan(int threads, long perThread) {
  /** Bytes for each element of a tile that methods use beside inputs and output: keys, ranks, probabilities, converted inputs. */
  private static final long SCRATCH = 24;

  /** Throws {@link MergeException} when not even one thread's buffers fit. */
  static MemoryPlan of(MergePlan plan, MergeOptions options) {
    long perThread = 0;
    for (TensorPlan tensor : plan.tensors()) {
      perThread = Math.max(perThread, bytes(tensor));
    }
    long fit = perThread == 0 ? options.threads() : options.maxMemory() / perThread;
    if (fit < 1) {
      throw new MergeException(
          "the buffers of one thread take " + perThread + " bytes, more than the " + options.maxMemory()
              + " that are allowed; give --max-memory " + perThread + " or more");
    }
    return new MemoryPlan((int) Math.min(fit, options.threads()), perThread);
  }

  private static long bytes(TensorPlan tensor) {
    long elements = Math.max(TileGrid.TILE, tensor.shape().cols());
    long bytes = tensor.outputType().bytes() + SCRATCH;
    long adapters = 0;
    for (SourcePlan source : tensor.sources()) {
      bytes += source.tensor().dtype().bytes();
      if (source.lora() != null) {
        adapters += (source.lora().a().shape().elements() + source.lora().b().shape().elements()) * Float.BYTES;
      }
    }
    return Math.min(elements, tensor.shape().elements()) * bytes + adapters;
  }

  long peak() {
    return threads * perThread;
  }
}
