package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * {@code model.safetensors.index.json}: which shard holds each tensor.
 *
 * <pre>  {"metadata": {"total_size": 8044936192}, "weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors", ...}}</pre>
 *
 * @param shards tensor name to the shard's file name, in file order
 * @param totalSize bytes of all tensors, where the index states them as an integer
 */
record ShardIndex(Map<String, String> shards, OptionalLong totalSize) {
  static final String FILE_NAME = "model.safetensors.index.json";

  ShardIndex {
    shards = Collections.unmodifiableMap(new LinkedHashMap<>(shards));
  }

  static ShardIndex read(Path file) {
    return of(file, JsonFiles.read(file));
  }

  static ShardIndex parse(Path file, byte[] content) {
    return of(file, JsonFiles.parse(file, content));
  }

  private static ShardIndex of(Path file, ObjectNode root) {
    JsonNode map = root.path("weight_map");
    if (!map.isObject()) {
      throw new FormatException(
          Reason.INDEX_INVALID, file, "found " + JsonFiles.kind(map) + " as weight_map, expected an object of file names");
    }
    if (map.isEmpty()) {
      throw new FormatException(Reason.INDEX_INVALID, file, "found an empty weight_map, expected the file name of each tensor");
    }
    Map<String, String> shards = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      if (!entry.getValue().isTextual()) {
        String found = "found " + JsonFiles.kind(entry.getValue()) + " in weight_map, expected a file name";
        throw new FormatException(Reason.INDEX_INVALID, file, entry.getKey(), found);
      }
      shards.put(entry.getKey(), fileName(file, entry.getKey(), entry.getValue().textValue()));
    }
    JsonNode size = root.path("metadata").path("total_size");
    boolean isWhole = size.isIntegralNumber() && size.canConvertToLong();
    return new ShardIndex(shards, isWhole ? OptionalLong.of(size.longValue()) : OptionalLong.empty());
  }

  /** Only the name of a file in the same folder, on every operating system: an index must not make us read elsewhere. */
  private static String fileName(Path file, String tensor, String name) {
    boolean plain = !name.isBlank() && !name.equals(".") && !name.equals("..") && name.chars().noneMatch(ShardIndex::separates);
    if (!plain) {
      throw new FormatException(
          Reason.SHARD_NAME_UNSAFE, file, tensor, "found the shard " + quote(name) + ", expected the name of a file in the same folder");
    }
    return name;
  }

  private static boolean separates(int c) {
    return c == '/' || c == '\\' || c == ':' || Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE;
  }

  /** As Hugging Face writes it: keys sorted. */
  byte[] bytes() {
    ObjectNode root = JsonFiles.JSON.createObjectNode();
    ObjectNode metadata = root.putObject("metadata");
    totalSize.ifPresent(bytes -> metadata.put("total_size", bytes));
    ObjectNode map = root.putObject("weight_map");
    new TreeMap<>(shards).forEach(map::put);
    return PythonJson.bytes(root);
  }
}
