package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;

/** What {@link DoctorCommand} found, for people. */
final class DoctorText {
  private DoctorText() {}

  static void print(JsonNode report, PrintWriter out) {
    JsonNode cpu = report.get("cpu");
    out.printf(
        "CPU: %s, %d processors, library %s%s%n", cpu.get("instructions").asText(), cpu.get("processors").asInt(), cpu.get("library").asText(), rate(cpu));
    JsonNode cuda = report.get("cuda");
    String driver = cuda.get("driver").asText();
    out.printf(
        "CUDA: %s%s%n", driver.isEmpty() ? "no driver" : "driver " + driver,
        cuda.get("why_none").asText().isEmpty() ? "" : "; no device is used: " + cuda.get("why_none").asText());
    cuda.get("devices").forEach(device -> device(device, out));
    out.println("Used for:");
    report.get("used_for").fields().forEachRemaining(use -> out.printf("  %s: %s%n", use.getKey(), use.getValue().asText()));
    out.flush();
  }

  private static String rate(JsonNode node) {
    JsonNode rate = node.get("weights_bytes_per_second");
    return rate == null ? "" : ", reads weights at " + DoctorCommand.gigabytes(rate.asDouble()) + "/s";
  }

  private static void device(JsonNode device, PrintWriter out) {
    out.printf(
        "CUDA device %d: %s, compute capability %s, %d multiprocessors, %s of memory%s%s%n", device.get("number").asInt(), device.get("name").asText(),
        device.get("capability").asText(), device.get("multiprocessors").asInt(), DoctorCommand.gigabytes(device.get("memory_bytes").asDouble()),
        device.has("free_bytes") ? ", " + DoctorCommand.gigabytes(device.get("free_bytes").asDouble()) + " free" : "", rate(device));
    if (device.has("failure")) {
      out.println("  failed: " + device.get("failure").asText());
    }
    if (device.has("self_test")) {
      Table table = new Table("operation", "variant", "differs by", "may differ by", "");
      for (JsonNode test : device.get("self_test")) {
        table.row(
            test.get("operation").asText(), test.get("variant").asText(), test.has("worst") ? number(test.get("worst")) : "-", number(test.get("allowed")),
            test.get("passed").asBoolean() ? "passed" : test.has("failure") ? "FAILED: " + test.get("failure").asText() : "DEVIATES");
      }
      table.print(out);
    }
  }

  private static String number(JsonNode value) {
    return value.asDouble() == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value.asDouble());
  }
}
