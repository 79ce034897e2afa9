package dev.wootz.cli;

import dev.wootz.merge.Merge;
import dev.wootz.merge.MergeReport;
import dev.wootz.merge.Mode;
import dev.wootz.merge.plan.MergePlan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "merge",
    header = "Merge checkpoints by a recipe (mergekit's YAML).",
    description = {
      "",
      "Streams: memory stays below --max-memory whatever the size of the models. The folder OUT appears when it is",
      "complete; an interrupted run leaves nothing under that name and goes on with --resume.",
      "Paths in the recipe are looked up from the working directory, then from the recipe's folder.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz merge java/examples/forgetting/repair.yml out/",
      "  wootz merge recipe.yml out/ --dry-run             what would be done, tensor by tensor",
      "  wootz merge recipe.yml out/ --verify              compute twice and compare",
      "  wootz merge recipe.yml out/ --resume              go on after an interruption",
      "  wootz merge recipe.yml out/ --compat mergekit --seed 42    mergekit's bits",
      "",
      "Exit codes: 0 merged, 1 failed, 2 wrong usage, 130 ended by Ctrl-C."
    })
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "The recipe, a YAML file.")
  private Path recipe;

  @Parameters(index = "1", paramLabel = "OUT", description = "The folder to write.")
  private Path out;

  @Option(names = {"--seed", "--random-seed"}, paramLabel = "N",
      description = "Seed of random methods (default: the recipe's, else 0).")
  private @Nullable Long seed;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors). The output does not depend on it.")
  private @Nullable Integer threads;

  @Option(names = "--max-memory", paramLabel = "BYTES", converter = ByteSize.class,
      description = "Bytes of buffers, like 512MB or 2GiB (default: 512MiB).")
  private @Nullable Long maxMemory;

  @Option(names = {"--max-shard-size", "--out-shard-size"}, paramLabel = "BYTES", converter = ByteSize.class,
      description = "Bytes of tensors in one file (default: 5GB).")
  private @Nullable Long maxShardSize;

  @Option(names = "--dry-run", description = "Check everything, print the plan, write nothing.")
  private boolean dryRun;

  @Option(names = "--resume", description = "Go on with an interrupted run of the same merge.")
  private boolean resume;

  @Option(names = "--overwrite", description = "Replace OUT if it is there, when the new one is complete.")
  private boolean overwrite;

  @Option(names = "--verify", description = "Compute everything a second time and compare.")
  private boolean verify;

  @Option(names = "--check-finite", description = "Refuse inputs with NaN or infinite values.")
  private boolean checkFinite;

  @Option(names = "--compat", paramLabel = "NAME", converter = ModeName.class,
      description = "mergekit: reproduce its numbers bit for bit, quirks and random numbers included.")
  private @Nullable Mode mode;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print the plan or the report as JSON on standard output; no progress.")
  private boolean json;

  @Override
  public Integer call() {
    Merge merge = configured();
    PrintWriter output = spec.commandLine().getOut();
    if (dryRun) {
      try (MergePlan plan = merge.plan()) {
        PlanText.print(plan, merge.peakMemory(plan), output, json);
      }
      return 0;
    }
    try {
      MergeReportText.print(run(merge), out, output, json);
      return 0;
    } catch (CancellationException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("wootz: interrupted; to go on: wootz merge " + recipe + " " + out + " --resume (and the other options as before)");
      err.flush();
      return Failures.CANCELLED;
    }
  }

  private MergeReport run(Merge merge) {
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(json))) {
      device.announceCpu("whole merges", line);
      return Interrupt.during(merge::cancel, () -> merge.run(new MergeProgress(line)));
    }
  }

  private Merge configured() {
    Merge merge = Merge.recipe(recipe).to(out).resume(resume).overwrite(overwrite).verify(verify).checkFinite(checkFinite);
    if (seed != null) {
      merge.seed(seed);
    }
    if (threads != null) {
      merge.threads(threads);
    }
    if (maxMemory != null) {
      merge.maxMemory(maxMemory);
    }
    if (maxShardSize != null) {
      merge.maxShardSize(maxShardSize);
    }
    if (mode != null) {
      merge.mode(mode);
    }
    return merge;
  }
}
