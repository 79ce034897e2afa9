package dev.wootz.merge.pipeline;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointLayout;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.FormatException;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.MergeListener;
import dev.wootz.merge.MergeReport;
import dev.wootz.merge.pipeline.TensorChecksums.Checksum;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.TensorPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a merge: folder, files beside the weights, weights, index, manifest, comparison, final name; in this order, so that what
 * can fail early fails early.
 */
public final class MergeRun {
  private final MergePlan plan;
  private final MergeOptions options;
  private final OutputFolder folder;
  private final CheckpointLayout layout;
  private final MemoryPlan memory;
  private final RunProgress progress;
  private final List<String> warnings = new ArrayList<>();
  private @Nullable TensorPipeline running;
  private boolean cancelled;

  /** Throws {@link MergeException} when the buffers of one thread do not fit into the memory that is allowed. */
  public MergeRun(MergePlan plan, Path target, MergeOptions options, MergeListener listener) {
    this.plan = plan;
    this.options = options;
    this.folder = new OutputFolder(target);
    this.layout = CheckpointWriter.layout(specs(plan), options.maxShardSize());
    this.memory = MemoryPlan.of(plan, options);
    this.progress = new RunProgress(plan, listener);
  }

  private static List<TensorSpec> specs(MergePlan plan) {
    return plan.tensors().stream().map(tensor -> new TensorSpec(tensor.name(), tensor.outputType(), tensor.shape())).toList();
  }

  /** Bytes of buffers that a run holds at most. Throws {@link MergeException} when one thread's do not fit into what is allowed. */
  public static long peakMemory(MergePlan plan, MergeOptions options) {
    return MemoryPlan.of(plan, options).peak();
  }

  /** Ends {@link #run} soon, from another thread. */
  public synchronized void cancel() {
    cancelled = true;
    if (running != null) {
      running.cancel();
    }
  }

  public MergeReport run() {
    long start = System.nanoTime();
    plan.warnings().forEach(this::warn);
    String fingerprint = Fingerprint.of(plan, layout);
    boolean onlyVerify = folder.occupied() && options.verify() && Manifest.finished(folder.target(), fingerprint);
    if (folder.occupied() && !onlyVerify && !options.overwrite()) {
      throw new MergeException(folder.target() + " exists and is not empty; choose another folder, or --overwrite to replace it");
    }
    long bytesToRead = plan.tensors().stream().mapToLong(TensorPlan::bytesToRead).sum();
    progress.planned(bytesToRead, onlyVerify ? 0 : layout.totalBytes(), memory.peak());
    int resumed = 0;
    if (onlyVerify) {
      compare(folder.target());
    } else {
      resumed = write(fingerprint);
    }
    return new MergeReport(
        folder.target(),
        plan.tensors().size(),
        resumed,
        progress.bytesRead(),
        progress.bytesWritten(),
        Duration.ofNanos(System.nanoTime() - start),
        options.verify(),
        List.copyOf(warnings));
  }

  private int write(String fingerprint) {
    folder.create(layout.totalBytes());
    int resumed;
    try (Journal journal = Journal.open(folder.journal(), fingerprint, options.resume())) {
      if (journal.finished().isEmpty()) {
        folder.clear();
      }
      resumed = fill(folder.partial(), fingerprint, journal);
    } catch (MergeException e) {
      // The inputs are wrong: nothing of this can be used later.
      folder.discard();
      throw e;
    }
    folder.publish();
    return resumed;
  }

  private int fill(Path partial, String fingerprint, Journal journal) {
    TensorChecksums checksums = new TensorChecksums();
    Companions.write(plan, partial, this::warn);
    Map<String, Checksum> finished = Map.of();
    if (!journal.finished().isEmpty()) {
      finished = new FinishedTensors(partial, layout, checksums).confirm(journal.finished());
    }
    try (CheckpointWriter writer =
        finished.isEmpty() ? CheckpointWriter.create(partial, layout, Map.of()) : CheckpointWriter.resume(partial, layout, Map.of())) {
      merge(new WritingSink(writer, journal, checksums), "merge", finished.keySet());
      writer.finishShards();
      writer.writeIndex();
    }
    requireComplete(partial);
    Manifest.write(partial, plan, fingerprint, journal.finished());
    if (options.verify()) {
      compare(partial);
    }
    return finished.size();
  }

  private void compare(Path written) {
    try (Checkpoint checkpoint = Checkpoint.open(written)) {
      merge(new VerifyingSink(checkpoint), "verify", Set.of());
    }
  }

  /** Computes every tensor but the finished ones and gives them to the sink. */
  private void merge(OutputSink sink, String phase, Set<String> finished) {
    long done = plan.tensors().stream().filter(tensor -> finished.contains(tensor.name())).mapToLong(TensorPlan::bytesToWrite).sum();
    progress.phase(phase, done, layout.tensorBytes(), finished.size(), plan.tensors().size());
    try (WorkBuilder builder = new WorkBuilder(plan, CpuKernels.get(), this::warn)) {
      List<Supplier<@Nullable TensorWork>> work = new ArrayList<>();
      for (TensorPlan tensor : order(builder.ordered())) {
        boolean skip = finished.contains(tensor.name());
        if (!skip || builder.ordered()) {
          work.add(() -> builder.build(tensor, skip));
        }
      }
      TensorPipeline pipeline = new TensorPipeline(work, sink, progress, options.checkFinite() && phase.equals("merge"));
      synchronized (this) {
        if (cancelled) {
          throw new CancellationException("the merge was cancelled");
        }
        running = pipeline;
      }
      pipeline.run(memory.threads());
    } finally {
      synchronized (this) {
        running = null;
      }
    }
  }

  /** By name, or in the order in which the first input lies in its files, so that disks read forwards. */
  private List<TensorPlan> order(boolean byName) {
    List<TensorPlan> tensors = new ArrayList<>(plan.tensors());
    if (!byName) {
      tensors.sort(
          Comparator.comparing((TensorPlan tensor) -> first(tensor).file().toString()).thenComparingLong(tensor -> first(tensor).offset()));
    }
    return tensors;
  }

  private static TensorInfo first(TensorPlan tensor) {
    return tensor.sources().get(0).tensor();
  }

  /** Opens what was written with the reader that checks everything. */
  private void requireComplete(Path written) {
    try (Checkpoint checkpoint = Checkpoint.open(written)) {
      for (TensorPlan tensor : plan.tensors()) {
        TensorInfo found = checkpoint.tensor(tensor.name());
        if (found.dtype() != tensor.outputType() || !found.shape().equals(tensor.shape())) {
          throw new IllegalStateException(
              found.file() + ": tensor " + tensor.name() + " was written as " + found.dtype() + found.shape() + ", planned as "
                  + tensor.outputType() + tensor.shape());
        }
      }
    } catch (FormatException e) {
      throw new IllegalStateException("the merged checkpoint cannot be read back: " + e.getMessage(), e);
    }
  }

  private synchronized void warn(String message) {
    warnings.add(message);
    progress.warning(message);
  }
}
