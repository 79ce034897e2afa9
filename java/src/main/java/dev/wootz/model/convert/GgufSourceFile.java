package dev.wootz.model.convert;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.GgufValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A GGUF file that is to become another: the same tensors and keys, whatever its architecture. */
record GgufSourceFile(GgufFile file) implements GgufContent {
  private static final String TOKENIZER = "tokenizer.";

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public QuantizationMix.Model model() {
    GgufMetadata metadata = file.metadata();
    String architecture =
        metadata
            .string("general.architecture")
            .orElseThrow(() -> new FormatException(Reason.METADATA_MISSING, path(), "key \"general.architecture\": not in this file"));
    int layers = integer(architecture + ".block_count", 0);
    // Some architectures give a number for each layer; the mix needs the ratio alone.
    int heads = integer(architecture + ".attention.head_count", 1);
    return new QuantizationMix.Model(
        layers,
        heads,
        Math.max(1, integer(architecture + ".attention.head_count_kv", heads)),
        integer(architecture + ".expert_count", 0),
        !file.tensors().containsKey("output.weight"));
  }

  private int integer(String key, int otherwise) {
    GgufValue value = file.metadata().values().get(key);
    if (value == null || value.type() == GgufValue.Type.ARRAY) {
      return otherwise;
    }
    return Math.toIntExact(file.metadata().integer(key).orElse(otherwise));
  }

  @Override
  public List<PlannedTensor> tensors() {
    return file.tensors().values().stream()
        .map(tensor -> new PlannedTensor(tensor.name(), tensor.dtype(), new RowSource.Stored(file::read, tensor)))
        .toList();
  }

  @Override
  public Map<String, GgufValue> metadata() {
    return keys(false);
  }

  @Override
  public Map<String, GgufValue> tokenizer() {
    return keys(true);
  }

  private Map<String, GgufValue> keys(boolean tokenizer) {
    Map<String, GgufValue> keys = new LinkedHashMap<>(file.metadata().values());
    keys.keySet().removeIf(key -> key.startsWith(TOKENIZER) != tokenizer || key.equals("general.alignment") || key.equals("general.file_type")
        || key.equals("general.quantization_version"));
    return keys;
  }
}
