package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.merge.Parameters;
import dev.wootz.merge.TensorTask.ModelInput;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.OpenModel;
import dev.wootz.merge.plan.SourcePlan;
import dev.wootz.merge.plan.TensorPlan;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code --dry-run}: every output tensor with its sources and the values that its parameters resolve to, and what the run will cost. */
final class PlanText {
  private final MergePlan plan;
  private final long peakMemory;

  private PlanText(MergePlan plan, long peakMemory) {
    this.plan = plan;
    this.peakMemory = peakMemory;
  }

  static void print(MergePlan plan, long peakMemory, PrintWriter out, boolean json) {
    PlanText text = new PlanText(plan, peakMemory);
    if (json) {
      Json.print(text.object(), out);
    } else {
      text.lines(out);
    }
  }

  private void lines(PrintWriter out) {
    out.printf("%s: %s, seed %d, mode %s%n", plan.recipe().name(), plan.recipe().method().name(), plan.seed(), mode());
    for (OpenModel model : plan.models()) {
      out.printf("  model %s: %s%n", model.label(), model.path());
    }
    out.printf("  configuration and tokenizer from %s%n%n", plan.donor().label());
    for (TensorPlan tensor : plan.tensors()) {
      out.printf("%s  %s %s %s  %s%s%n", tensor.name(), tensor.outputType(), tensor.shape(), ByteSize.text(tensor.bytesToWrite()),
          tensor.method().name(), braces(tensor.parameters()));
      for (int s = 0; s < tensor.sources().size(); s++) {
        SourcePlan source = tensor.sources().get(s);
        out.printf("    %s: %s %s%s%s%s%n", source.model().label(), source.tensor().name(), source.dtype(),
            source.lora() == null ? "" : " + adapter", s == tensor.base() ? " (base)" : "",
            braces(input(tensor, s).map(ModelInput::parameters).orElse(Parameters.NONE)));
      }
    }
    plan.warnings().forEach(warning -> out.println("warning: " + warning));
    out.printf("%n%d tensors, %s to read, %s to write, at most %s of buffers%n", plan.tensors().size(),
        ByteSize.text(plan.bytesToRead()), ByteSize.text(plan.bytesToWrite()), ByteSize.text(peakMemory));
    out.flush();
  }

  private String mode() {
    return plan.mode().name().toLowerCase(Locale.ROOT);
  }

  private static Optional<ModelInput> input(TensorPlan tensor, int source) {
    return tensor.models().stream().filter(model -> model.source() == source).findFirst();
  }

  private static String braces(Parameters parameters) {
    Map<String, Object> values = new TreeMap<>(parameters.toMap());
    if (values.isEmpty()) {
      return "";
    }
    return values.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(", ", " {", "}"));
  }

  private ObjectNode object() {
    ObjectNode object = Json.object();
    object.put("recipe", plan.recipe().name());
    object.put("mode", mode());
    object.put("seed", plan.seed());
    object.put("bytes_to_read", plan.bytesToRead());
    object.put("bytes_to_write", plan.bytesToWrite());
    object.put("peak_memory", peakMemory);
    ArrayNode models = object.putArray("models");
    for (OpenModel model : plan.models()) {
      models.addObject().put("label", model.label()).put("path", model.path().toString());
    }
    ArrayNode tensors = object.putArray("tensors");
    plan.tensors().forEach(tensor -> describe(tensors.addObject(), tensor));
    ArrayNode warnings = object.putArray("warnings");
    plan.warnings().forEach(warnings::add);
    return object;
  }

  private static void describe(ObjectNode object, TensorPlan tensor) {
    object.put("name", tensor.name());
    object.put("dtype", tensor.outputType().torchName());
    ArrayNode shape = object.putArray("shape");
    for (long extent : tensor.shape().toArray()) {
      shape.add(extent);
    }
    object.put("bytes_to_read", tensor.bytesToRead());
    object.put("bytes_to_write", tensor.bytesToWrite());
    object.put("method", tensor.method().name());
    describe(object.putObject("parameters"), tensor.parameters());
    ArrayNode sources = object.putArray("sources");
    for (int s = 0; s < tensor.sources().size(); s++) {
      SourcePlan source = tensor.sources().get(s);
      ObjectNode described = sources.addObject();
      described.put("model", source.model().label());
      described.put("tensor", source.tensor().name());
      described.put("dtype", source.dtype().torchName());
      described.put("adapter", source.lora() != null);
      described.put("base", s == tensor.base());
      ObjectNode values = described.putObject("parameters");
      input(tensor, s).ifPresent(model -> describe(values, model.parameters()));
    }
  }

  private static void describe(ObjectNode object, Parameters parameters) {
    new TreeMap<>(parameters.toMap()).forEach((name, value) -> object.putPOJO(name, value));
  }
}
