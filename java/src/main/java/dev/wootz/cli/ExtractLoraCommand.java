package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.lora.ExtractionReport;
import dev.wootz.merge.lora.ExtractionReport.Weight;
import dev.wootz.merge.lora.LoraExtraction;
import dev.wootz.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "extract-lora",
    header = "Make a LoRA adapter of what fine-tuning changed.",
    description = {
      "",
      "The difference of each weight of a linear module is replaced by its best approximation of the given rank (a truncated",
      "singular value decomposition). OUT is a folder that PEFT reads, and recipes as BASE+OUT. Says how much of the",
      "difference the adapter holds.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz extract-lora base/ tuned/ lora/ --rank 16",
      "  wootz extract-lora base/ tuned/ lora/ --rank 64 --dtype bfloat16 --json"
    })
final class ExtractLoraCommand implements Callable<Integer> {
  private static final int WORST = 5;

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "BASE", description = "The model before fine-tuning.")
  private Path base;

  @Parameters(index = "1", paramLabel = "TUNED", description = "The model after fine-tuning.")
  private Path tuned;

  @Parameters(index = "2", paramLabel = "OUT", description = "The adapter's folder to write.")
  private Path out;

  @Option(names = "--rank", paramLabel = "R", required = true, description = "Rank of the factors: 16 is usual, 64 is much.")
  private int rank;

  @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "float32", converter = FloatType.class,
      description = "Type of the factors: float32 (default), bfloat16 or float16.")
  private DType dtype;

  @Option(names = "--embeddings", description = "Save changed embeddings too, whole. (Changed norms are always saved.)")
  private boolean embeddings;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "Print the report as JSON on standard output; no progress.")
  private boolean json;

  @Override
  public Integer call() {
    if (rank < 1) {
      throw new ParameterException(spec.commandLine(), "Invalid value for option '--rank': " + rank + ", expected at least 1");
    }
    LoraExtraction extraction = LoraExtraction.between(base, tuned).rank(rank).dtype(dtype).embeddings(embeddings).threads(threads).to(out);
    ExtractionReport report;
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(json))) {
      extraction.listener((done, total, weight) -> line.count(total == 0 ? "comparing" : "factoring", done, total, weight));
      report = Interrupt.during(extraction::cancel, extraction::run);
      report.leftOut().forEach(sentence -> line.message("warning: " + sentence));
    }
    PrintWriter output = spec.commandLine().getOut();
    if (json) {
      Json.print(object(report), output);
    } else {
      print(report, output);
    }
    return 0;
  }

  private static void print(ExtractionReport report, PrintWriter output) {
    output.printf(Locale.ROOT, "%s: %d weights and %d whole tensors, %s in %s; the factors hold %.2f %% of the difference's energy%n",
        report.folder(), report.weights().size(), report.whole().size(), ByteSize.text(report.bytes()),
        ProgressLine.duration(report.elapsed().toNanos() * 1e-9), 100 * report.share());
    report.weights().stream()
        .sorted(Comparator.comparingDouble(Weight::share))
        .limit(WORST)
        .forEach(weight -> output.printf(Locale.ROOT, "  %6.2f %%  %s%n", 100 * weight.share(), weight.name()));
    output.flush();
  }

  private static ObjectNode object(ExtractionReport report) {
    ObjectNode object = Json.object();
    object.put("folder", report.folder().toString());
    object.put("bytes", report.bytes());
    object.put("seconds", report.elapsed().toNanos() * 1e-9);
    object.put("energy_kept", report.share());
    ArrayNode weights = object.putArray("weights");
    for (Weight weight : report.weights()) {
      ObjectNode entry = weights.addObject();
      entry.put("name", weight.name());
      entry.put("rank", weight.rank());
      Json.put(entry, "energy", weight.energy());
      Json.put(entry, "energy_kept", weight.share());
    }
    ArrayNode whole = object.putArray("whole");
    report.whole().forEach(whole::add);
    ArrayNode leftOut = object.putArray("left_out");
    report.leftOut().forEach(leftOut::add);
    return object;
  }
}
