package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.kernel.Kernels;
import dev.wootz.merge.MergeException;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter (arXiv 2106.09685) out of a model and what it was trained to: for each linear weight the best B A of a rank for the
 * difference tuned - base, by a truncated singular value decomposition, as a PEFT folder.
 *
 * <pre>{@code
 * try (Checkpoint base = Checkpoint.open(Path.of("base")); Checkpoint tuned = Checkpoint.open(Path.of("tuned"))) {
 *   LoraReport report = LoraExtraction.of(base, tuned).rank(32).writeTo(Path.of("adapter"));
 * }
 * }</pre>
 *
 * <p>The folder appears under its name when it is complete, and is the same whatever the number of threads. Setters return this object;
 * {@link #writeTo} may be called once at a time.
 */
public final class LoraExtraction {
  private final Checkpoint base;
  private final Checkpoint tuned;
  private int rank = 16;
  private List<ModulePattern> modules = List.of();
  private double epsilon;
  private DType dtype = DType.F32;
  private boolean saveFull;
  private boolean overwrite;
  private long seed;
  private int threads = Runtime.getRuntime().availableProcessors();
  private long maxMemory = 512L << 20;
  private String baseName;
  private volatile @Nullable ExtractionRun running;

  private LoraExtraction(Checkpoint base, Checkpoint tuned) {
    this.base = base;
    this.tuned = tuned;
    this.baseName = base.path().toString();
  }

  /** Two models of one shape, which the caller closes after {@link #writeTo}. */
  public static LoraExtraction of(Checkpoint base, Checkpoint tuned) {
    return new LoraExtraction(base, tuned);
  }

  /** Of the factors, 16 by default; weights with a shorter side get that. Throws {@link MergeException} below 1. */
  public LoraExtraction rank(int rank) {
    if (rank < 1) {
      throw new MergeException("found rank " + rank + ", expected at least 1");
    }
    this.rank = rank;
    return this;
  }

  /**
   * Only weights of modules that one of these names: whole parts of a module's name such as {@code q_proj}, {@code self_attn} or {@code
   * layers.3.mlp}, {@code *} for anything but a dot. All but embeddings and the output head when empty; {@code lm_head} has to be named.
   */
  public LoraExtraction modules(List<String> patterns) {
    modules = patterns.stream().map(ModulePattern::of).toList();
    return this;
  }

  /** Drops singular values below {@code epsilon} times the largest of the weight; 0 by default, which drops those that are rounding. */
  public LoraExtraction singularValueEpsilon(double epsilon) {
    if (!(epsilon >= 0 && epsilon < 1)) {
      throw new MergeException("found " + epsilon + " as the smallest singular value relative to the largest, expected 0 up to below 1");
    }
    this.epsilon = epsilon;
    return this;
  }

  /** Of the factors: f32 (default), f16 or bf16. */
  public LoraExtraction dtype(DType dtype) {
    if (!Kernels.writable(dtype)) {
      throw new MergeException("found " + dtype.torchName() + " for an adapter, expected float32, float16 or bfloat16");
    }
    this.dtype = dtype;
    return this;
  }

  /** Puts tensors that differ and get no factors (norms, embeddings) whole into the adapter, as PEFT's {@code modules_to_save}. */
  public LoraExtraction saveFull(boolean save) {
    saveFull = save;
    return this;
  }

  /** Replaces a folder that is there already, at the very end. */
  public LoraExtraction overwrite(boolean overwrite) {
    this.overwrite = overwrite;
    return this;
  }

  /** Of the random start of the decompositions; 0 by default. */
  public LoraExtraction seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** At most this many threads, each with a weight of its own; all processors by default. */
  public LoraExtraction threads(int threads) {
    this.threads = Math.max(1, threads);
    return this;
  }

  /**
   * About this many bytes of buffers, but always enough for one weight; 512 MiB by default. Fewer threads run when theirs would not fit.
   */
  public LoraExtraction maxMemory(long bytes) {
    maxMemory = bytes;
    return this;
  }

  /** What the adapter calls its base model, a folder or a name on Hugging Face's hub; the base's path by default. */
  public LoraExtraction baseName(String name) {
    baseName = name;
    return this;
  }

  public LoraReport writeTo(Path folder) {
    return writeTo(folder, LoraExtractionListener.SILENT);
  }

  /**
   * Extracts. Throws {@link MergeException} for models that differ in names or shapes or not at all, for values that are not finite and for
   * a folder that is there; {@link dev.wootz.format.FormatException} and {@link java.io.UncheckedIOException} when files cannot be read or
   * written; {@link CancellationException} after {@link #cancel}. Nothing is then to be seen under the folder's name.
   */
  public LoraReport writeTo(Path folder, LoraExtractionListener listener) {
    ExtractionOptions options =
        new ExtractionOptions(rank, modules, epsilon, dtype, saveFull, overwrite, seed, threads, maxMemory, baseName);
    ExtractionRun run = new ExtractionRun(base, tuned, options, listener);
    running = run;
    try {
      return run.run(folder);
    } finally {
      running = null;
    }
  }

  /** Ends {@link #writeTo} soon, from another thread. */
  public void cancel() {
    ExtractionRun run = running;
    if (run != null) {
      run.cancel();
    }
  }
}
