package dev.wootz.model.convert;

import dev.wootz.format.GgufValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a GGUF file is to hold. */
interface GgufContent {
  /** Where it comes from, for messages. */
  Path path();

  QuantizationMix.Model model();

  /** In the order of the file, with the types that they have where no other is asked for. */
  List<PlannedTensor> tensors();

  /** Without the tokenizer's keys, {@code general.file_type} and {@code general.quantization_version}. */
  Map<String, GgufValue> metadata();

  /** The keys of the tokenizer. */
  Map<String, GgufValue> tokenizer();
}
