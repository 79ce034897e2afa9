package dev.wootz.cli;

import dev.wootz.format.Checkpoint;
import dev.wootz.merge.lora.LoraExtraction;
import dev.wootz.merge.lora.LoraExtractionListener;
import dev.wootz.merge.lora.LoraReport;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "extract-lora",
    header = "Write the difference of two models as a LoRA adapter (PEFT).",
    description = {
      "",
      "For each linear weight, the best product B A of the rank for TUNED - BASE, by a truncated singular value",
      "decomposition. Embeddings and the output head get no factors unless the head is named with --modules; like norms",
      "and biases they are reported when they differ, or go in whole with --save-full.",
      "The folder OUT appears when it is complete.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz extract-lora base/ tuned/ adapter/ --rank 32",
      "  wootz extract-lora base/ tuned/ adapter/ --rank 64 --modules self_attn,mlp.down_proj --dtype bfloat16",
      "  wootz extract-lora base/ tuned/ adapter/ --rank 128 --sv-epsilon 0.01 --save-full --base-name Qwen/Qwen3-0.6B",
      "",
      "In a recipe, 'model: base+adapter' is then about TUNED."
    })
final class ExtractLoraCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "BASE", description = "The model that the adapter will be for.")
  private Path base;

  @Parameters(index = "1", paramLabel = "TUNED", description = "A model trained from it.")
  private Path tuned;

  @Parameters(index = "2", paramLabel = "OUT", description = "The folder to write.")
  private Path out;

  @Option(names = "--rank", paramLabel = "R", required = true, description = "Of the factors; weights with a shorter side get that.")
  private int rank;

  @Option(names = "--modules", paramLabel = "NAME", split = ",",
      description = "Only weights of modules with these parts in their names, like q_proj, self_attn, layers.3.mlp or *_proj.")
  private List<String> modules = List.of();

  @Option(names = "--sv-epsilon", paramLabel = "E", defaultValue = "0",
      description = "Drop singular values below E times the largest of the weight (default: 0).")
  private double epsilon;

  @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "float32", converter = FloatType.class,
      description = "Of the factors: float32 (default), bfloat16 or float16.")
  private DType dtype;

  @Option(names = "--save-full", description = "Put other tensors that differ (norms, embeddings) whole into the adapter.")
  private boolean saveFull;

  @Option(names = "--base-name", paramLabel = "NAME", description = "What the adapter calls its base model (default: BASE).")
  private @Nullable String baseName;

  @Option(names = "--overwrite", description = "Replace OUT if it is there, when the new one is complete.")
  private boolean overwrite;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Of the decompositions' random start (default: 0).")
  private long seed;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors). The output does not depend on it.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--max-memory", paramLabel = "BYTES", defaultValue = "512MiB", converter = ByteSize.class,
      description = "About this many bytes of buffers, at least one weight's (default: 512MiB).")
  private long maxMemory;

  @Option(names = "--json", description = "Print the report as JSON on standard output; no progress.")
  private boolean json;

  @Override
  public Integer call() {
    if (rank < 1) {
      throw new ParameterException(spec.commandLine(), "Invalid value for option '--rank': " + rank + ", expected at least 1");
    }
    try (Checkpoint from = Checkpoint.open(base);
        Checkpoint to = Checkpoint.open(tuned)) {
      LoraExtraction extraction =
          LoraExtraction.of(from, to).rank(rank).modules(modules).singularValueEpsilon(epsilon).dtype(dtype).saveFull(saveFull);
      extraction.overwrite(overwrite).seed(seed).threads(threads).maxMemory(maxMemory);
      if (baseName != null) {
        extraction.baseName(baseName);
      }
      LoraReportText.print(run(extraction), spec.commandLine().getOut(), json);
      return 0;
    }
  }

  private LoraReport run(LoraExtraction extraction) {
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(json))) {
      LoraExtractionListener listener =
          new LoraExtractionListener() {
            @Override
            public void progress(int tensorsDone, int tensorsTotal, String tensor) {
              line.count("factoring", tensorsDone, tensorsTotal, tensor);
            }

            @Override
            public void warning(String message) {
              line.message("warning: " + message);
            }
          };
      return Interrupt.during(extraction::cancel, () -> extraction.writeTo(out, listener));
    }
  }
}
