package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.CudaDevice;
import dev.wootz.kernel.Device;
import dev.wootz.kernel.DeviceException;
import dev.wootz.kernel.MemoryRate;
import dev.wootz.kernel.SelfTest;
import dev.wootz.kernel.SelfTest.Result;
import dev.wootz.kernel.Threads;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    header = "Say what this machine computes with, and whether it computes right.",
    description = {
      "",
      "The processor, CUDA devices and their driver, how fast weights are read, and what would be used for what. The operations of a CUDA device",
      "are compared with the processor's on small shapes.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz doctor",
      "  wootz doctor --json",
      "  wootz doctor --no-rates                           without measuring how fast weights are read",
      "",
      "Exit codes: 0, or 1 where an operation of a device deviates or fails."
    })
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Option(names = "--no-rates", description = "Measure nothing.")
  private boolean noRates;

  @Option(names = "--no-self-test", description = "Do not compare a device's operations with the processor's.")
  private boolean noSelfTest;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  @Override
  public Integer call() {
    ObjectNode report = Json.object();
    processor(report.putObject("cpu"));
    boolean passed = cuda(report.putObject("cuda"));
    ObjectNode uses = report.putObject("used_for");
    uses.put("generate, chat, bench, score, perplexity, embed", Device.automatic() + " (" + Device.whyAutomatic() + ")");
    uses.put("merge, convert, quantize", Device.cpu().toString());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(report, out);
    } else {
      DoctorText.print(report, out);
    }
    return passed ? 0 : Failures.FAILED;
  }

  private void processor(ObjectNode cpu) {
    int processors = Runtime.getRuntime().availableProcessors();
    cpu.put("instructions", CpuKernels.get().isa());
    cpu.put("processors", processors);
    cpu.put("library", CpuKernels.version());
    if (!noRates) {
      try (Threads threads = Threads.of(processors)) {
        cpu.put("weights_bytes_per_second", MemoryRate.of(Backend.cpu(threads)));
      }
    }
  }

  /** Returns whether all operations passed. */
  private boolean cuda(ObjectNode cuda) {
    String[] driver = CudaDevice.driver();
    cuda.put("driver", driver[0]);
    cuda.put("driver_needed", driver[1]);
    cuda.put("why_none", CudaDevice.whyNone());
    ArrayNode list = cuda.putArray("devices");
    boolean passed = true;
    List<CudaDevice> devices = CudaDevice.all();
    for (int i = 0; i < devices.size(); i++) {
      ObjectNode node = list.addObject();
      CudaDevice device = devices.get(i);
      node.put("number", i).put("name", device.name()).put("capability", device.capability());
      node.put("multiprocessors", device.multiprocessors()).put("memory_bytes", device.memory());
      try {
        passed &= examine(Device.cuda(i), node);
      } catch (DeviceException e) {
        node.put("failure", e.getMessage());
        passed = false;
      }
    }
    return passed;
  }

  private boolean examine(Device device, ObjectNode node) {
    // What is computed in software tells nothing about how fast a card is.
    boolean software = node.get("name").asText().endsWith("in software");
    try (Backend backend = Backend.of(device, null)) {
      node.put("free_bytes", backend.stream().freeBytes());
      if (!noRates && !software) {
        node.put("weights_bytes_per_second", MemoryRate.of(backend));
      }
    }
    boolean passed = true;
    if (!noSelfTest) {
      ArrayNode tests = node.putArray("self_test");
      for (Result result : SelfTest.run(device)) {
        ObjectNode test = tests.addObject().put("operation", result.operation()).put("variant", result.variant());
        test.put("passed", result.passed()).put("allowed", result.allowed());
        if (result.failure().isEmpty()) {
          test.put("worst", result.worst());
        } else {
          test.put("failure", result.failure());
        }
        passed &= result.passed();
      }
    }
    return passed;
  }

  static String gigabytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes * 1e-9);
  }
}
