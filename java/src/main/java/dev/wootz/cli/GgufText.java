package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufValue;
import dev.wootz.format.TensorInfo;
import java.io.PrintWriter;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;

/** A GGUF file's keys and tensors as tables or as JSON. Of long arrays the first few elements are shown, in JSON all of them. */
final class GgufText {
  private static final int SHOWN_ELEMENTS = 5;
  private static final int SHOWN_CHARACTERS = 70;

  private final GgufFile file;
  private final List<TensorInfo> tensors;

  GgufText(GgufFile file, List<TensorInfo> tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      Json.print(object(), out);
      return;
    }
    keys(out);
    out.println();
    Table table = new Table("tensor", "dtype", "shape", "bytes");
    tensors.forEach(t -> table.row(printable(t.name()), t.dtype().toString(), t.shape().toString(), Long.toString(t.bytes())));
    table.print(out);
    out.printf("%n%s: GGUF version %d, %d keys, %d tensors, %,d parameters, %s%n", file.path(), file.version(), file.metadata().keys().size(),
        tensors.size(), parameters(), ByteSize.text(bytes()));
    out.flush();
  }

  /** Values are ragged, so they begin one below the other. */
  private void keys(PrintWriter out) {
    int width = file.metadata().keys().stream().mapToInt(key -> printable(key).length()).max().orElse(0);
    int typeWidth = file.metadata().values().values().stream().mapToInt(value -> type(value).length()).max().orElse(0);
    String format = "%-" + Math.max(1, width) + "s  %-" + Math.max(1, typeWidth) + "s  %s%n";
    file.metadata().values().forEach((key, value) -> out.printf(format, printable(key), type(value), text(value)));
  }

  private long parameters() {
    return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
  }

  private long bytes() {
    return tensors.stream().mapToLong(TensorInfo::bytes).sum();
  }

  private static String type(GgufValue value) {
    return value.elements() == null ? value.type().toString() : value.elements() + "[" + elements(value).size() + "]";
  }

  private static List<Object> elements(GgufValue array) {
    if (array.value() instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    List<Object> elements = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array.value()); i++) {
      elements.add(Array.get(array.value(), i));
    }
    return elements;
  }

  private static String text(GgufValue value) {
    if (value.elements() == null) {
      return value.type() == GgufValue.Type.U64 ? Long.toUnsignedString((Long) value.value()) : cut(value.value().toString());
    }
    List<Object> elements = elements(value);
    List<String> shown = elements.stream().limit(SHOWN_ELEMENTS).map(GgufText::element).toList();
    return "[" + String.join(", ", shown) + (elements.size() > SHOWN_ELEMENTS ? ", ..." : "") + "]";
  }

  private static String element(Object element) {
    return element instanceof GgufValue nested ? text(nested) : cut(element.toString());
  }

  private static String cut(String text) {
    return printable(text.length() > SHOWN_CHARACTERS ? text.substring(0, SHOWN_CHARACTERS) + "..." : text);
  }

  /** No file moves the cursor of a terminal. */
  private static String printable(String text) {
    String quoted = FormatException.quote(text);
    return quoted.substring(1, quoted.length() - 1).replace("\\\"", "\"");
  }

  private ObjectNode object() {
    ObjectNode object = Json.object();
    object.put("path", file.path().toString());
    object.put("version", file.version());
    object.put("parameters", parameters());
    object.put("bytes", bytes());
    ObjectNode metadata = object.putObject("metadata");
    file.metadata().values().forEach((key, value) -> metadata.set(key, Json.object().pojoNode(json(value))));
    ArrayNode list = object.putArray("tensors");
    for (TensorInfo tensor : tensors) {
      ObjectNode entry = list.addObject().put("name", tensor.name()).put("dtype", tensor.dtype().toString());
      ArrayNode shape = entry.putArray("shape");
      for (long extent : tensor.shape().toArray()) {
        shape.add(extent);
      }
      entry.put("bytes", tensor.bytes());
    }
    return object;
  }

  private static Object json(GgufValue value) {
    if (value.elements() == null) {
      return value.value();
    }
    return elements(value).stream().map(element -> element instanceof GgufValue nested ? json(nested) : element).toList();
  }
}
