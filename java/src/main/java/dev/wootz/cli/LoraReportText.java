package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.lora.LoraReport;
import dev.wootz.tensor.Shape;
import java.io.PrintWriter;
import java.util.Locale;

/** What an extraction found, module by module, as a table or as JSON. */
final class LoraReportText {
  private final LoraReport report;

  private LoraReportText(LoraReport report) {
    this.report = report;
  }

  static void print(LoraReport report, PrintWriter out, boolean json) {
    LoraReportText text = new LoraReportText(report);
    if (json) {
      Json.print(text.object(), out);
    } else {
      text.lines(out);
    }
  }

  private double seconds() {
    return report.elapsed().toNanos() * 1e-9;
  }

  private void lines(PrintWriter out) {
    Table table = new Table("module", "shape", "rank", "distance", "kept");
    for (LoraReport.Module module : report.modules()) {
      table.row(module.name(), module.shape().toString(), Integer.toString(module.rank()), Table.number(Math.sqrt(module.energy())),
          percent(module.energyKept()));
    }
    table.print(out);
    out.println();
    if (!report.uncovered().isEmpty()) {
      Table others = new Table("without factors", "shape", "why", "distance", "saved whole");
      for (LoraReport.Uncovered tensor : report.uncovered()) {
        others.row(tensor.name(), tensor.shape().toString(), why(tensor.cause()), Table.number(Math.sqrt(tensor.energy())),
            tensor.saved() ? "yes" : "no");
      }
      others.print(out);
      out.println();
    }
    out.printf("%s: %d modules, rank %d, %s of their squared difference kept; %s in %s%n", report.folder(), report.modules().size(),
        report.rank(), percent(report.energyKept()), ByteSize.text(report.bytesWritten()), ProgressLine.duration(seconds()));
    long left = report.uncovered().stream().filter(tensor -> !tensor.saved()).count();
    if (left > 0) {
      out.printf("%d tensors that differ are not in the adapter: %s of the whole squared difference%n", left,
          percent(report.energyUncovered()));
    }
    out.flush();
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
  }

  private static String why(LoraReport.Cause cause) {
    return switch (cause) {
      case NO_MATRIX -> "no matrix";
      case EMBEDDING -> "embedding";
      case HEAD -> "output head";
      case NOT_NAMED -> "not named";
    };
  }

  private ObjectNode object() {
    ObjectNode object = Json.object();
    object.put("folder", report.folder().toString());
    object.put("rank", report.rank());
    object.put("dtype", report.dtype().torchName());
    Json.put(object, "energy_kept", report.energyKept());
    Json.put(object, "energy_uncovered", report.energyUncovered());
    ArrayNode modules = object.putArray("modules");
    for (LoraReport.Module module : report.modules()) {
      ObjectNode entry = describe(modules.addObject(), module.name(), module.shape(), module.energy());
      entry.put("rank", module.rank());
      Json.put(entry, "residual", Math.sqrt(module.residual()));
      Json.put(entry, "energy_kept", module.energyKept());
    }
    ArrayNode uncovered = object.putArray("uncovered");
    for (LoraReport.Uncovered tensor : report.uncovered()) {
      ObjectNode entry = describe(uncovered.addObject(), tensor.name(), tensor.shape(), tensor.energy());
      entry.put("cause", tensor.cause().name().toLowerCase(Locale.ROOT));
      entry.put("saved", tensor.saved());
    }
    object.put("bytes_read", report.bytesRead());
    object.put("bytes_written", report.bytesWritten());
    object.put("seconds", seconds());
    ArrayNode warnings = object.putArray("warnings");
    report.warnings().forEach(warnings::add);
    return object;
  }

  private static ObjectNode describe(ObjectNode entry, String name, Shape shape, double energy) {
    entry.put("name", name);
    ArrayNode extents = entry.putArray("shape");
    for (long extent : shape.toArray()) {
      extents.add(extent);
    }
    Json.put(entry, "distance", Math.sqrt(energy));
    return entry;
  }
}
