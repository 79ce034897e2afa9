package dev.wootz.cli;

import dev.wootz.model.convert.Conversion;
import java.io.PrintWriter;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** A conversion with a line of progress, Ctrl-C and a line at the end. */
final class ConversionRun {
  private ConversionRun() {}

  static void run(CommandSpec spec, String doing, Conversion conversion, Supplier<Conversion.Report> job) {
    long began = System.nanoTime();
    Conversion.Report report;
    try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.of(false))) {
      conversion.listener((tensor, done, total) -> line.update(doing, done, total, tensor));
      report = Interrupt.during(conversion::cancel, job);
    }
    double seconds = (System.nanoTime() - began) * 1e-9;
    report.warnings().forEach(warning -> spec.commandLine().getErr().println("warning: " + warning));
    PrintWriter out = spec.commandLine().getOut();
    String types =
        report.types().entrySet().stream().map(entry -> entry.getValue() + " " + entry.getKey()).collect(Collectors.joining(", "));
    out.printf("%s: %s, %d tensors (%s) in %s%n", report.target(), ByteSize.text(report.bytes()), report.tensors(), types,
        ProgressLine.duration(seconds));
  }
}
