package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.inspect.TensorStatistics;
import dev.wootz.kernel.Kernels.Statistics;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A checkpoint's tensors as a table or as JSON, with or without what their values are like. */
final class CheckpointText {
  /** Keys of config.json that say what kind of model it is, in this order. */
  private static final List<String> CONFIG =
      List.of(
          "model_type", "num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim",
          "vocab_size", "tie_word_embeddings", "max_position_embeddings", "rope_theta", "torch_dtype", "dtype");

  private final Checkpoint checkpoint;
  private final List<TensorInfo> tensors;
  private final @Nullable List<TensorStatistics> statistics;

  CheckpointText(Checkpoint checkpoint, List<TensorInfo> tensors) {
    this(checkpoint, tensors, null);
  }

  private CheckpointText(Checkpoint checkpoint, List<TensorInfo> tensors, @Nullable List<TensorStatistics> statistics) {
    this.checkpoint = checkpoint;
    this.tensors = tensors;
    this.statistics = statistics;
  }

  CheckpointText with(List<TensorStatistics> measured) {
    return new CheckpointText(checkpoint, tensors, measured);
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      Json.print(object(), out);
    } else {
      lines(out);
    }
  }

  private long parameters() {
    return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
  }

  private long bytes() {
    return tensors.stream().mapToLong(TensorInfo::bytes).sum();
  }

  private void lines(PrintWriter out) {
    List<String> header = new ArrayList<>(List.of("tensor", "dtype", "shape", "bytes"));
    if (statistics != null) {
      header.addAll(List.of("min", "max", "mean", "std", "zeros", "nan", "inf"));
    }
    Table table = new Table(header.toArray(String[]::new));
    for (int t = 0; t < tensors.size(); t++) {
      TensorInfo tensor = tensors.get(t);
      List<String> row =
          new ArrayList<>(List.of(tensor.name(), tensor.dtype().toString(), tensor.shape().toString(), Long.toString(tensor.bytes())));
      if (statistics != null) {
        row.addAll(cells(statistics.get(t)));
      }
      table.row(row.toArray(String[]::new));
    }
    table.print(out);
    out.printf("%n%s: %d tensors, %,d parameters, %s in %d file%s%n", checkpoint.path(), tensors.size(), parameters(),
        ByteSize.text(bytes()), checkpoint.files().size(), checkpoint.files().size() == 1 ? "" : "s");
    if (checkpoint.hasConfig()) {
      out.println(configLine());
    }
    checkpoint.warnings().forEach(warning -> out.println("warning: " + warning));
    out.flush();
  }

  private static List<String> cells(TensorStatistics measured) {
    Statistics values = measured.values();
    if (values.count() == 0) {
      return List.of("-", "-", "-", "-", "-", "-", "-");
    }
    return List.of(
        Table.number(measured.minimum()),
        Table.number(measured.maximum()),
        Table.number(measured.mean()),
        Table.number(measured.deviation()),
        Long.toString(values.zeros()),
        Long.toString(values.nans()),
        Long.toString(values.infinities()));
  }

  private String configLine() {
    ObjectNode config = checkpoint.config();
    List<String> entries = new ArrayList<>();
    for (String key : CONFIG) {
      if (config.hasNonNull(key)) {
        entries.add(key + "=" + config.get(key).asText());
      }
    }
    return "config: " + String.join(", ", entries);
  }

  private ObjectNode object() {
    ObjectNode object = Json.object();
    object.put("path", checkpoint.path().toString());
    object.put("files", checkpoint.files().size());
    object.put("parameters", parameters());
    object.put("bytes", bytes());
    if (checkpoint.hasConfig()) {
      object.set("config", checkpoint.config());
    }
    ArrayNode list = object.putArray("tensors");
    for (int t = 0; t < tensors.size(); t++) {
      TensorInfo tensor = tensors.get(t);
      ObjectNode entry = describe(list.addObject(), tensor);
      if (statistics != null) {
        describe(entry, statistics.get(t));
      }
    }
    ArrayNode warnings = object.putArray("warnings");
    checkpoint.warnings().forEach(warnings::add);
    return object;
  }

  private static ObjectNode describe(ObjectNode entry, TensorInfo tensor) {
    entry.put("name", tensor.name());
    entry.put("dtype", tensor.dtype().torchName());
    ArrayNode shape = entry.putArray("shape");
    for (long extent : tensor.shape().toArray()) {
      shape.add(extent);
    }
    entry.put("bytes", tensor.bytes());
    entry.put("file", tensor.file().getFileName().toString());
    return entry;
  }

  private static void describe(ObjectNode entry, TensorStatistics measured) {
    Statistics values = measured.values();
    if (values.count() == 0) {
      return;
    }
    Json.put(entry, "minimum", measured.minimum());
    Json.put(entry, "maximum", measured.maximum());
    Json.put(entry, "mean", measured.mean());
    Json.put(entry, "deviation", measured.deviation());
    entry.put("zeros", values.zeros());
    entry.put("nans", values.nans());
    entry.put("infinities", values.infinities());
  }
}
