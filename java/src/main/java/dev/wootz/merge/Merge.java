package dev.wootz.merge;

import dev.wootz.merge.pipeline.MergeOptions;
import dev.wootz.merge.pipeline.MergeRun;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.recipe.Recipe;
import dev.wootz.merge.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Merges checkpoints by a recipe into a Hugging Face folder:
 *
 * <pre>{@code
 * MergeReport report = Merge.recipe(Path.of("repair.yml")).to(Path.of("out")).run();
 * }</pre>
 *
 * <p>Everything about the recipe and the models is checked before the first tensor is read. The output appears under its name only when
 * it is complete. Setters return this object; {@link #run} may be called once at a time.
 */
public final class Merge {
  private final Function<@Nullable Mode, Recipe> reader;
  private final Path relativeTo;
  private MergeOptions options = MergeOptions.DEFAULT;
  private @Nullable Mode mode;
  private @Nullable Path target;
  private volatile @Nullable MergeRun running;

  private Merge(Function<@Nullable Mode, Recipe> reader, Path relativeTo) {
    this.reader = reader;
    this.relativeTo = relativeTo;
  }

  /** A recipe file, mergekit's YAML. It is read by {@link #plan} and {@link #run}. */
  public static Merge recipe(Path yaml) {
    Path folder = yaml.toAbsolutePath().getParent();
    return new Merge(mode -> RecipeReader.read(yaml, mode), folder == null ? Path.of("") : folder);
  }

  /** @param relativeTo where relative model paths are looked up when the working directory does not have them */
  public static Merge recipe(Recipe recipe, Path relativeTo) {
    return new Merge(mode -> recipe, relativeTo);
  }

  /** Reads the recipe file in this mode, whatever mode it names itself. */
  public Merge mode(Mode mode) {
    this.mode = mode;
    return this;
  }

  /** The folder to write. */
  public Merge to(Path folder) {
    target = folder;
    return this;
  }

  /** Of random methods; the recipe's own seed, or 0, when not given. */
  public Merge seed(long seed) {
    options = options.withSeed(seed);
    return this;
  }

  /** At most this many threads; all processors by default. The result does not depend on it. */
  public Merge threads(int threads) {
    options = options.withThreads(threads);
    return this;
  }

  /** At most this many bytes of buffers; 512 MiB by default. Fewer threads run when their buffers would not fit. */
  public Merge maxMemory(long bytes) {
    options = options.withMaxMemory(bytes);
    return this;
  }

  /** Bytes of tensor data in one output file; 5 GB by default. */
  public Merge maxShardSize(long bytes) {
    options = options.withMaxShardSize(bytes);
    return this;
  }

  /** Goes on with an interrupted run of the same merge, if there is one. */
  public Merge resume(boolean resume) {
    options = options.withResume(resume);
    return this;
  }

  /** Replaces a folder that is there already, at the very end. */
  public Merge overwrite(boolean overwrite) {
    options = options.withOverwrite(overwrite);
    return this;
  }

  /**
   * Computes everything a second time and compares it with what was written. When the folder holds the finished output of the same
   * merge, only the comparison is done.
   */
  public Merge verify(boolean verify) {
    options = options.withVerify(verify);
    return this;
  }

  /** Refuses inputs with NaN or infinite values. */
  public Merge checkFinite(boolean check) {
    options = options.withCheckFinite(check);
    return this;
  }

  /**
   * What a run would do. Opens and checks everything, reads no tensor, writes nothing. The caller closes the plan. Throws {@link
   * dev.wootz.merge.recipe.RecipeException} that names line and key of what is wrong with the recipe, otherwise as {@link #run}.
   */
  public MergePlan plan() {
    return MergePlan.of(reader.apply(mode), relativeTo, options.seed());
  }

  /** Bytes of buffers that a run of this plan with the options of this object will hold at most. */
  public long peakMemory(MergePlan plan) {
    return MergeRun.peakMemory(plan, options);
  }

  public MergeReport run() {
    return run(MergeListener.SILENT);
  }

  /**
   * Merges. Throws {@link MergeException} or {@link dev.wootz.format.FormatException} for recipes, models and values that cannot be
   * merged, {@link java.io.UncheckedIOException} when the output cannot be written, {@link CancellationException} after {@link #cancel};
   * nothing is then to be seen under the output's name, and in the last two cases {@link #resume} goes on.
   */
  public MergeReport run(MergeListener listener) {
    if (target == null) {
      throw new IllegalStateException("say where to write with to(folder) first");
    }
    try (MergePlan plan = plan()) {
      MergeRun run = new MergeRun(plan, target, options, listener);
      running = run;
      return run.run();
    } finally {
      running = null;
    }
  }

  /** Ends {@link #run} soon, from another thread. */
  public void cancel() {
    MergeRun run = running;
    if (run != null) {
      run.cancel();
    }
  }
}
