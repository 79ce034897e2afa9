package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.Model;
import dev.wootz.engine.Perplexity;
import dev.wootz.model.lora.Adapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
    name = "perplexity",
    header = "How well a model predicts texts.",
    description = {
      "",
      "Mean negative log-likelihood per token (NLL) and its exponential, the perplexity, over windows of each text. Every window",
      "begins anew, after the model's begin token where its tokenizer adds one.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz perplexity --model M text.txt",
      "  wootz perplexity --model M --window 256 --windows 40 --last 0.1 one.txt two.txt     of the last tenth of each",
      "  wootz perplexity --model M text.txt --json"
    })
final class PerplexityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapterOption;

  @Parameters(arity = "1..*", paramLabel = "TEXT", description = "Text files in UTF-8.")
  private List<Path> texts;

  @Option(names = "--window", paramLabel = "N", defaultValue = "512", converter = Count.class, description = "Tokens of a window (default: 512).")
  private int window;

  @Option(names = "--windows", paramLabel = "N", converter = Count.class, description = "At most this many of each text (default: all).")
  private @Nullable Integer windows;

  @Option(names = "--last", paramLabel = "PART", defaultValue = "1", description = "Only the last PART of each text's characters (default: 1, all).")
  private double last;

  @Option(names = "--bos", negatable = true, description = "Put the model's begin token before each window, or (--no-bos) do not.")
  private @Nullable Boolean bos;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  @Override
  public Integer call() {
    if (!(last > 0 && last <= 1)) {
      throw new ParameterException(spec.commandLine(), "--last: found " + last + ", expected above 0, at most 1");
    }
    ObjectNode report = Json.object();
    Table table = new Table("text", "tokens", "NLL", "+-", "perplexity");
    try (Model loaded = Model.load(model.model, model.options(window + 1));
        Adapter adapter = adapterOption.open(loaded)) {
      int prefix = prefix(loaded);
      for (Path text : texts) {
        int[] ids = loaded.tokenizer().encode(part(text), false, false);
        Perplexity.Result result;
        try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(json))) {
          result =
              Perplexity.of(
                  loaded, adapter, ids, window, windows == null ? Integer.MAX_VALUE : windows, prefix,
                  (done, total, nll) -> line.count(text.getFileName() + ": window", done, total, String.format(Locale.ROOT, "NLL %.4f", nll)));
        }
        table.row(
            text.getFileName().toString(),
            Long.toString(result.tokens()),
            String.format(Locale.ROOT, "%.4f", result.nll()),
            String.format(Locale.ROOT, "%.4f", result.standardError()),
            String.format(Locale.ROOT, "%.4f", result.perplexity()));
        ObjectNode row = report.putObject(text.toString());
        row.put("tokens", result.tokens()).put("windows", result.windows());
        Json.put(row, "nll", result.nll());
        Json.put(row, "standard_error", result.standardError());
        Json.put(row, "perplexity", result.perplexity());
      }
    }
    if (json) {
      Json.print(report, spec.commandLine().getOut());
    } else {
      table.print(spec.commandLine().getOut());
    }
    return 0;
  }

  private int prefix(Model loaded) {
    boolean wanted = bos == null ? loaded.tokenizer().addsBos() : bos;
    if (!wanted) {
      return -1;
    }
    int id = loaded.tokenizer().bos().orElse(loaded.config().bos());
    if (id < 0) {
      throw new ParameterException(spec.commandLine(), "--bos: this model has no begin token");
    }
    return id;
  }

  private String part(Path text) {
    try {
      String all = Files.readString(text, StandardCharsets.UTF_8);
      int points = all.codePointCount(0, all.length());
      return all.substring(all.offsetByCodePoints(0, (int) (points * (1 - last))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
