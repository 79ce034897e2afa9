package dev.wootz.cli;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.GgufFile;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.format.inspect.TensorStatistics;
import dev.wootz.model.convert.Conversion;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "inspect",
    header = "List a checkpoint's tensors, measure their values, or compare two checkpoints.",
    description = {
      "",
      "PATH is a Hugging Face folder, an adapter folder, a single .safetensors file or a GGUF file (keys and tensors).",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz inspect out/",
      "  wootz inspect out/ --statistics --filter self_attn",
      "  wootz inspect base/ --diff tuned/",
      "  wootz inspect out/ --json | jq .tensors[0]",
      "  wootz inspect model.gguf",
      "",
      "Exit codes: 0 done; with --diff, as diff(1) has them: 0 no differences, 1 differences, 2 trouble."
    })
final class InspectCommand implements Callable<Integer> {
  private static final String ADAPTER = "adapter_model.safetensors";

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "PATH", description = "The checkpoint.")
  private Path path;

  @Option(names = "--diff", paramLabel = "OTHER", description = "Compare with this checkpoint, tensor by tensor.")
  private @Nullable Path other;

  @Option(names = {"--statistics", "--stats"},
      description = "Read the values: minimum, maximum, mean, standard deviation, zeros, NaN and infinite values.")
  private boolean statistics;

  @Option(names = "--filter", paramLabel = "TEXT", defaultValue = "", description = "Only tensors whose name contains TEXT.")
  private String filter;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "Print one JSON object on standard output; no progress.")
  private boolean json;

  @Override
  public Integer call() {
    if (Conversion.isGguf(path)) {
      return inspectGguf();
    }
    try (Checkpoint checkpoint = open(path)) {
      if (other == null) {
        inspect(checkpoint);
        return 0;
      }
      try (Checkpoint second = open(other)) {
        return compare(checkpoint, second) ? 0 : 1;
      }
    } catch (RuntimeException e) {
      if (other != null) {
        throw new DiffTrouble(e);
      }
      throw e;
    }
  }

  private Integer inspectGguf() {
    if (other != null || statistics) {
      throw new ParameterException(
          spec.commandLine(), "--diff and --statistics read safetensors: wootz convert " + path + " FOLDER makes a folder of them");
    }
    try (GgufFile file = GgufFile.open(path)) {
      List<TensorInfo> selected = file.tensors().values().stream().filter(tensor -> tensor.name().contains(filter)).toList();
      new GgufText(file, selected).print(spec.commandLine().getOut(), json);
    }
    return 0;
  }

  /** An adapter's folder is no model, but its file can be looked at. */
  private static Checkpoint open(Path path) {
    Path adapter = path.resolve(ADAPTER);
    return Checkpoint.open(Files.isRegularFile(adapter) ? adapter : path);
  }

  private void inspect(Checkpoint checkpoint) {
    PrintWriter out = spec.commandLine().getOut();
    List<TensorInfo> selected = checkpoint.tensors().values().stream().filter(tensor -> tensor.name().contains(filter)).toList();
    CheckpointText text = new CheckpointText(checkpoint, selected);
    if (statistics) {
      long bytes = selected.stream().mapToLong(TensorInfo::bytes).sum();
      text = text.with(pass(bytes, pass -> pass.statistics(checkpoint, selected)));
    }
    text.print(out, json);
  }

  /** Whether they are the same. */
  private boolean compare(Checkpoint first, Checkpoint second) {
    long bytes = 0;
    for (Checkpoint checkpoint : List.of(first, second)) {
      bytes += checkpoint.tensors().values().stream().filter(tensor -> tensor.name().contains(filter)).mapToLong(TensorInfo::bytes).sum();
    }
    List<TensorDifference> differences = pass(bytes, pass -> pass.differences(first, second, name -> name.contains(filter)));
    DifferenceText text = new DifferenceText(first, second, differences);
    text.print(spec.commandLine().getOut(), json);
    return text.same();
  }

  private interface Measurement<R> {
    R by(CheckpointPass pass);
  }

  private <R> R pass(long bytes, Measurement<R> measurement) {
    AtomicLong done = new AtomicLong();
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(json))) {
      CheckpointPass pass = new CheckpointPass(threads, read -> line.update("reading", done.addAndGet(read), bytes, ""));
      return measurement.by(pass);
    }
  }
}
