package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.MergeReport;
import java.io.PrintWriter;
import java.nio.file.Path;

/** What a merge did, for people and for programs. */
final class MergeReportText {
  private MergeReportText() {}

  /** @param folder as the user wrote it */
  static void print(MergeReport report, Path folder, PrintWriter out, boolean json) {
    if (json) {
      Json.print(object(report), out);
      return;
    }
    double seconds = report.elapsed().toNanos() * 1e-9;
    if (report.bytesWritten() > 0) {
      String resumed = report.tensorsResumed() > 0 ? " (" + report.tensorsResumed() + " from the interrupted run)" : "";
      out.printf("%s: %d tensors%s, %s read, %s written in %s%n", folder, report.tensors(), resumed,
          ByteSize.text(report.bytesRead()), ByteSize.text(report.bytesWritten()), ProgressLine.duration(seconds));
    }
    if (report.verified()) {
      out.printf("%s: verified, every tensor equals a second computation%n", folder);
    }
    out.flush();
  }

  private static ObjectNode object(MergeReport report) {
    double seconds = report.elapsed().toNanos() * 1e-9;
    ObjectNode object = Json.object();
    object.put("folder", report.folder().toString());
    object.put("tensors", report.tensors());
    object.put("tensors_resumed", report.tensorsResumed());
    object.put("bytes_read", report.bytesRead());
    object.put("bytes_written", report.bytesWritten());
    object.put("seconds", seconds);
    object.put("verified", report.verified());
    ArrayNode warnings = object.putArray("warnings");
    report.warnings().forEach(warnings::add);
    return object;
  }
}
