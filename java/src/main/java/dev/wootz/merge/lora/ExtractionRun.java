package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.PartialFolder;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.lora.ExtractionPlan.Compared;
import dev.wootz.merge.lora.LoraReport.Cause;
import dev.wootz.merge.lora.LoraReport.Uncovered;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.TileSweep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * One extraction: every tensor is compared or decomposed by some thread, the largest first, and the factors go to a draft on disk; then the
 * ranks are known and the adapter is written. A thread holds one difference and a few columns at a time.
 */
final class ExtractionRun {
  private static final String DRAFT = "draft";

  private final Checkpoint base;
  private final Checkpoint tuned;
  private final ExtractionOptions options;
  private final LoraExtractionListener listener;
  private final TreeMap<String, LoraReport.Module> modules = new TreeMap<>();
  private final TreeMap<String, Uncovered> uncovered = new TreeMap<>();
  private final List<String> warnings = new ArrayList<>();
  private volatile @Nullable TileSweep sweep;
  private volatile boolean cancelled;
  private int tensorsDone;
  private int tensorsTotal;
  private long bytesRead;

  ExtractionRun(Checkpoint base, Checkpoint tuned, ExtractionOptions options, LoraExtractionListener listener) {
    this.base = base;
    this.tuned = tuned;
    this.options = options;
    this.listener = listener;
  }

  void cancel() {
    cancelled = true;
    TileSweep running = sweep;
    if (running != null) {
      running.cancel();
    }
  }

  private void requireRunning() {
    if (cancelled) {
      throw new CancellationException("the extraction was cancelled");
    }
  }

  LoraReport run(Path folder) {
    long start = System.nanoTime();
    ExtractionPlan plan = ExtractionPlan.of(base, tuned, options.modules());
    requireNoModel(folder);
    try (PartialFolder partial = partial(folder)) {
      long written = write(plan, partial.path());
      partial.publish();
      int rank = modules.values().stream().mapToInt(LoraReport.Module::rank).max().orElseThrow();
      return new LoraReport(
          folder,
          rank,
          options.dtype(),
          List.copyOf(modules.values()),
          List.copyOf(uncovered.values()),
          bytesRead,
          written,
          Duration.ofNanos(System.nanoTime() - start),
          List.copyOf(warnings));
    }
  }

  /** An adapter in place of one of the models would delete it. */
  private void requireNoModel(Path folder) {
    Path target = folder.toAbsolutePath().normalize();
    for (Checkpoint model : List.of(base, tuned)) {
      if (model.path().toAbsolutePath().normalize().startsWith(target)) {
        throw new MergeException("the adapter cannot be written to " + folder + ", where the model " + model.path() + " is");
      }
    }
  }

  private PartialFolder partial(Path folder) {
    try {
      return options.overwrite() ? PartialFolder.replacing(folder) : PartialFolder.beside(folder);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof FileAlreadyExistsException) {
        String occupied = " exists and is not empty; choose another folder, or --overwrite to replace it";
        throw new MergeException(folder + (Files.isDirectory(folder) ? occupied : " is a file; an adapter is a folder"), e);
      }
      throw e;
    }
  }

  /** Bytes of tensors. */
  private long write(ExtractionPlan plan, Path folder) {
    Path draftFolder = folder.resolve(DRAFT);
    long written;
    try (AdapterDraft draft = new AdapterDraft(draftFolder, plan.factored(), options.rank(), options.dtype())) {
      measure(plan, draft);
      requireDifference();
      List<TensorInfo> saved = saved();
      AdapterFolder adapter = new AdapterFolder(options.baseName(), options.dtype(), List.copyOf(modules.values()), saved);
      try (AdapterDraft.Contents factors = draft.finish()) {
        written = adapter.write(folder, factors, tuned, linear(plan));
        Files.delete(factors.file().path());
      }
      Files.delete(draftFolder);
      return written;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> linear(ExtractionPlan plan) {
    List<String> linear = new ArrayList<>();
    plan.factored().forEach(tensor -> linear.add(ExtractionPlan.module(tensor.name())));
    for (Compared other : plan.compared()) {
      if (other.cause() == Cause.HEAD || other.cause() == Cause.NOT_NAMED) {
        linear.add(ExtractionPlan.module(other.tensor().name()));
      }
    }
    return linear;
  }

  // -- one pass over both models -------------------------------------------------------------------------------------------------

  private void measure(ExtractionPlan plan, AdapterDraft draft) {
    record Item(TensorInfo tensor, @Nullable Cause cause) {}
    List<Item> items = new ArrayList<>();
    plan.factored().forEach(tensor -> items.add(new Item(tensor, null)));
    plan.compared().forEach(other -> items.add(new Item(other.tensor(), other.cause())));
    items.sort(Comparator.comparing(item -> -item.tensor().shape().elements()));
    tensorsTotal = items.size();
    // One piece for each tensor.
    TileSweep pieces = new TileSweep(Collections.nCopies(items.size(), Shape.of(1)), 1);
    sweep = pieces;
    requireRunning();
    pieces.run(
        threads(plan.factored()),
        () ->
            new TileSweep.Worker() {
              @Override
              public void piece(TileSweep.Piece piece) {
                Item item = items.get(piece.tensor());
                if (item.cause() == null) {
                  factor(item.tensor(), draft);
                } else {
                  compare(item.tensor(), item.cause());
                }
                done(item.tensor());
              }

              @Override
              public void close() {}
            });
  }

  /** As many as have room for the largest weights at once. */
  private int threads(List<TensorInfo> weights) {
    long largest = 1;
    for (TensorInfo weight : weights) {
      long rows = weight.shape().extent(0);
      long cols = weight.shape().extent(1);
      long width = TruncatedSvd.width((int) Math.min(options.rank(), Math.min(rows, cols)));
      // The difference; images, their transposes and two bases; dot products in float64 and their lanes.
      long floats = rows * cols + 3 * (rows + cols) * width;
      largest = Math.max(largest, floats * Float.BYTES + width * width * 3 * Double.BYTES + (6L << 20));
    }
    return (int) Math.max(1, Math.min(options.threads(), options.maxMemory() / largest));
  }

  private void factor(TensorInfo weight, AdapterDraft draft) {
    try (Difference d = Difference.load(base, tuned, weight)) {
      double energy = d.energy();
      if (energy == 0) {
        return;
      }
      long key = CpuKernels.get().philoxKey(options.seed(), weight.name(), 0);
      try (LowRankFactors factors = new TruncatedSvd(d, options.rank(), this::requireRunning).factors(options.epsilon(), key)) {
        draft.write(weight.name(), factors);
        d.subtract(factors.b(), factors.a());
        String name = ExtractionPlan.module(weight.name());
        LoraReport.Module module = new LoraReport.Module(name, weight.shape(), factors.rank(), energy, d.energy());
        synchronized (this) {
          modules.put(name, module);
        }
      }
    }
  }

  private void compare(TensorInfo tensor, Cause cause) {
    double energy = new Comparison(base, tuned, tensor).energy(this::requireRunning);
    if (energy != 0) {
      synchronized (this) {
        uncovered.put(tensor.name(), new Uncovered(tensor.name(), tensor.shape(), cause, energy, false));
      }
    }
  }

  private synchronized void done(TensorInfo tensor) {
    bytesRead += tensor.bytes() + tuned.tensor(tensor.name()).bytes();
    listener.progress(++tensorsDone, tensorsTotal, tensor.name());
  }

  // -- what has been found -------------------------------------------------------------------------------------------------------

  private void requireDifference() {
    if (!modules.isEmpty()) {
      return;
    }
    if (uncovered.isEmpty()) {
      throw new MergeException("nothing differs: " + base.path() + " and " + tuned.path() + " hold the same weights");
    }
    String more = uncovered.size() == 1 ? "" : " and " + (uncovered.size() - 1) + " more";
    throw new MergeException(
        "no linear weight that is to get factors differs between " + base.path() + " and " + tuned.path() + ", only "
            + uncovered.firstKey() + more);
  }

  /** Of the tensors without factors those that go in whole; they are marked so. */
  private List<TensorInfo> saved() {
    List<TensorInfo> saved = new ArrayList<>();
    if (!options.saveFull()) {
      return saved;
    }
    Set<String> notSaved = new TreeSet<>();
    for (Uncovered tensor : List.copyOf(uncovered.values())) {
      String module = ExtractionPlan.module(tensor.name());
      if (modules.containsKey(module) || module.isEmpty() || !tuned.tensor(tensor.name()).dtype().floating()) {
        notSaved.add(tensor.name());
      } else if (tensor.cause() != Cause.NOT_NAMED) {
        saved.add(tuned.tensor(tensor.name()));
        uncovered.put(tensor.name(), new Uncovered(tensor.name(), tensor.shape(), tensor.cause(), tensor.energy(), true));
      }
    }
    if (!notSaved.isEmpty()) {
      warn(
          notSaved.size() + " tensors that differ are not saved whole, such as " + notSaved.iterator().next()
              + ": PEFT replaces modules, and these are biases of modules with factors or no weights");
    }
    if (ExtractionPlan.tied(base) && saved.stream().anyMatch(tensor -> tensor.name().contains("embed"))) {
      warn("the model ties its output head to the embedding: PEFT replaces the embedding alone, a merge with Wootz both");
    }
    return saved;
  }

  private synchronized void warn(String message) {
    warnings.add(message);
    listener.warning(message);
  }
}
