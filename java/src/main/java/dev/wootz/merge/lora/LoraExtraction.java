package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointLayout;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.PartialFolder;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.merge.lora.ExtractionReport.Weight;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import dev.wootz.tensor.TileSweep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a LoRA adapter (arXiv 2106.09685) of what fine-tuning changed: for each weight W of a linear module, W_tuned - W_base ≈ B A with the
 * best B, [out, rank], and A, [rank, in], in the sense of least squares, √s of the singular values on either side. The folder is one that
 * PEFT and recipes ({@code base+adapter}) read.
 *
 * <pre>{@code
 * ExtractionReport report = LoraExtraction.between(base, tuned).rank(16).to(folder).run();
 * }</pre>
 */
public final class LoraExtraction {
  /** Hears how an extraction goes on; from several threads, one call at a time. */
  public interface Listener {
    /** Before the comparison {@code weightsTotal} is 0. */
    void progress(int weightsDone, int weightsTotal, String weight);
  }

  private static final long COPY = 4 << 20;

  private final Path base;
  private final Path tuned;
  private int rank = 16;
  private DType dtype = DType.F32;
  private boolean embeddings;
  private int threads = Runtime.getRuntime().availableProcessors();
  private @Nullable Path target;
  private Listener listener = (done, total, weight) -> {};
  private volatile boolean cancelled;
  private volatile @Nullable Runnable canceller;

  private LoraExtraction(Path base, Path tuned) {
    this.base = base;
    this.tuned = tuned;
  }

  public static LoraExtraction between(Path base, Path tuned) {
    return new LoraExtraction(base, tuned);
  }

  /** 16 when not given. A weight with a shorter side than this gets that side as its rank. */
  public LoraExtraction rank(int rank) {
    if (rank < 1) {
      throw new IllegalArgumentException("rank is " + rank + ", expected at least 1");
    }
    this.rank = rank;
    return this;
  }

  /** Type of the factors: f32 (default), f16 or bf16. */
  public LoraExtraction dtype(DType dtype) {
    if (!Kernels.writable(dtype)) {
      throw new IllegalArgumentException("factors of type " + dtype.torchName() + ", expected float32, float16 or bfloat16");
    }
    this.dtype = dtype;
    return this;
  }

  /** Whether changed embeddings are saved whole; by default they are left out. Norms are always saved. */
  public LoraExtraction embeddings(boolean embeddings) {
    this.embeddings = embeddings;
    return this;
  }

  /** At most this many weights at a time; the result does not depend on it. */
  public LoraExtraction threads(int threads) {
    this.threads = threads;
    return this;
  }

  /** The folder to write. */
  public LoraExtraction to(Path folder) {
    this.target = folder;
    return this;
  }

  public LoraExtraction listener(Listener listener) {
    this.listener = listener;
    return this;
  }

  /** Ends {@link #run} soon, from another thread. */
  public void cancel() {
    cancelled = true;
    Runnable running = canceller;
    if (running != null) {
      running.run();
    }
  }

  /**
   * Extracts. Throws {@link dev.wootz.format.FormatException} for files that cannot be read or written, {@link
   * dev.wootz.merge.MergeException} for models that do not fit each other, {@link CancellationException} after {@link #cancel}.
   */
  public ExtractionReport run() {
    if (target == null) {
      throw new IllegalStateException("say where to write with to(folder) first");
    }
    long began = System.nanoTime();
    try (Checkpoint first = Checkpoint.open(base);
        Checkpoint second = Checkpoint.open(tuned);
        PartialFolder partial = PartialFolder.beside(target)) {
      listener.progress(0, 0, "");
      CheckpointPass pass = new CheckpointPass(threads, bytes -> {});
      canceller = pass::cancel;
      AdapterPlan plan = AdapterPlan.of(pass.differences(first, second, name -> true), rank, dtype, embeddings);
      if (cancelled) {
        throw new CancellationException();
      }
      CheckpointLayout layout = CheckpointWriter.layout(plan.tensors(), Long.MAX_VALUE);
      List<Weight> weights;
      try (CheckpointWriter writer = CheckpointWriter.create(partial.path(), layout, Map.of())) {
        weights = factor(plan, first, second, writer);
        plan.whole().forEach(tensor -> copy(second, tensor, writer));
        writer.finishShards();
      }
      rename(partial.path().resolve("model.safetensors"), "adapter_model.safetensors");
      JsonFiles.write(partial.path().resolve("adapter_config.json"), plan.config(base));
      partial.publish();
      List<String> whole = plan.whole().stream().map(TensorInfo::name).toList();
      Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
      return new ExtractionReport(target, weights, whole, plan.leftOut(), layout.totalBytes(), elapsed);
    } finally {
      canceller = null;
    }
  }

  /** One weight is one piece of work: the largest come first, so that threads end together. */
  private List<Weight> factor(AdapterPlan plan, Checkpoint first, Checkpoint second, CheckpointWriter writer) {
    List<TensorDifference> largestFirst = new ArrayList<>(plan.factored());
    largestFirst.sort(Comparator.comparingLong((TensorDifference weight) -> -weight.first().shape().elements()));
    List<Weight> results = new ArrayList<>();
    TileSweep sweep = new TileSweep(largestFirst.stream().map(weight -> Shape.of(1)).toList(), 1);
    canceller = sweep::cancel;
    sweep.run(
        threads,
        () ->
            new TileSweep.Worker() {
              @Override
              public void piece(TileSweep.Piece piece) {
                TensorDifference weight = largestFirst.get(piece.tensor());
                Weight result = factor(plan, weight, first, second, writer);
                synchronized (results) {
                  results.add(result);
                  listener.progress(results.size(), largestFirst.size(), weight.name());
                }
              }

              @Override
              public void close() {}
            });
    results.sort(Comparator.comparing(Weight::name));
    return results;
  }

  private Weight factor(AdapterPlan plan, TensorDifference weight, Checkpoint first, Checkpoint second, CheckpointWriter writer) {
    int k = plan.rank(weight);
    double energy = weight.distance().differenceSquared();
    if (!Double.isFinite(energy)) {
      throw new MergeException("tensor " + weight.name() + ": the difference of the two models is not finite");
    }
    if (energy == 0) {
      int rows = Math.toIntExact(weight.first().shape().extent(0));
      int cols = Math.toIntExact(weight.first().shape().extent(1));
      write(writer, AdapterPlan.aName(weight), Columns.zeros(cols, k), new double[k], true);
      write(writer, AdapterPlan.bName(weight), Columns.zeros(rows, k), new double[k], false);
      return new Weight(weight.name(), k, 0, 0);
    }
    try (DifferenceMatrix difference = new DifferenceMatrix(first, second, weight.name())) {
      TruncatedSvd svd = TruncatedSvd.of(difference, k, CpuKernels.get().philoxKey(0, weight.name(), 0));
      write(writer, AdapterPlan.aName(weight), svd.v(), svd.s(), true);
      write(writer, AdapterPlan.bName(weight), svd.u(), svd.s(), false);
      return new Weight(weight.name(), k, energy, Math.min(energy, svd.energy()));
    }
  }

  /** Writes x diag(√s), or its transpose, rounded once. */
  private void write(CheckpointWriter writer, String name, Columns x, double[] s, boolean transposed) {
    int rows = x.rows();
    int count = x.count();
    long elements = (long) rows * count;
    try (Memory values = Memory.allocate(Math.max(1, elements * Float.BYTES));
        Memory rounded = Memory.allocate(Math.max(1, elements * dtype.bytes()))) {
      Tensor exact = new Tensor(values, 0, DType.F32, Shape.of(elements));
      FloatBuffer floats = exact.buffer().asFloatBuffer();
      for (int j = 0; j < count; j++) {
        double scale = Math.sqrt(s[j]);
        for (int i = 0; i < rows; i++) {
          floats.put(transposed ? j * rows + i : i * count + j, (float) (x.columns()[j][i] * scale));
        }
      }
      Tensor out = new Tensor(rounded, 0, dtype, Shape.of(elements));
      CpuKernels.get().convert(out, exact);
      writer.write(name, 0, out.buffer());
    }
  }

  private static void copy(Checkpoint from, TensorInfo tensor, CheckpointWriter writer) {
    try (Memory memory = Memory.allocate(Math.max(1, Math.min(COPY, tensor.bytes())))) {
      for (long offset = 0; offset < tensor.bytes(); offset += memory.bytes()) {
        ByteBuffer buffer = memory.buffer(0, Math.min(memory.bytes(), tensor.bytes() - offset));
        from.read(tensor, offset, buffer);
        writer.write(AdapterPlan.wholeName(tensor), offset, buffer.flip());
      }
    }
  }

  private static void rename(Path file, String name) {
    try {
      Files.move(file, file.resolveSibling(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
