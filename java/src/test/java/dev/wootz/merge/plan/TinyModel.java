package dev.wootz.merge.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A model of a few hundred bytes in Qwen3's names, to be changed before it is written. All of its values are zero unless said. */
final class TinyModel {
  static final int HIDDEN = 4;

  private final Map<String, TensorSpec> tensors = new HashMap<>();
  private final Map<String, Byte> fills = new HashMap<>();
  private final ObjectNode config = JsonNodeFactory.instance.objectNode();

  private TinyModel(int layers, int vocabulary, DType dtype) {
    with("model.embed_tokens.weight", dtype, vocabulary, HIDDEN);
    with("model.norm.weight", dtype, HIDDEN);
    for (int i = 0; i < layers; i++) {
      with("model.layers." + i + ".self_attn.q_proj.weight", dtype, HIDDEN, HIDDEN);
      with("model.layers." + i + ".mlp.up_proj.weight", dtype, 2 * HIDDEN, HIDDEN);
    }
    config.putArray("architectures").add("Qwen3ForCausalLM");
    config.put("model_type", "qwen3").put("num_hidden_layers", layers).put("vocab_size", vocabulary);
    config.put("tie_word_embeddings", true).put("dtype", dtype.torchName());
  }

  static TinyModel layers(int layers) {
    return new TinyModel(layers, 16, DType.BF16);
  }

  static TinyModel layers(int layers, DType dtype) {
    return new TinyModel(layers, 16, dtype);
  }

  static TinyModel vocabulary(int rows) {
    return new TinyModel(2, rows, DType.BF16);
  }

  TinyModel with(String name, DType dtype, long... shape) {
    tensors.put(name, new TensorSpec(name, dtype, Shape.of(shape)));
    return this;
  }

  /** The tensor's bytes are all {@code value}. */
  TinyModel filled(String name, int value) {
    fills.put(name, (byte) value);
    return this;
  }

  TinyModel without(String name) {
    tensors.remove(name);
    return this;
  }

  /** With an output projection of its own. */
  TinyModel untied() {
    TensorSpec embedding = tensors.get("model.embed_tokens.weight");
    config.put("tie_word_embeddings", false);
    return with("lm_head.weight", embedding.dtype(), embedding.shape().toArray());
  }

  TinyModel config(Consumer<ObjectNode> change) {
    change.accept(config);
    return this;
  }

  Path write(Path folder) {
    writeWeights(folder);
    JsonFiles.write(folder.resolve("config.json"), config);
    return folder;
  }

  Path writeWeights(Path folder) {
    List<TensorSpec> specs = new ArrayList<>(tensors.values());
    try (CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(specs, Long.MAX_VALUE), Map.of())) {
      for (Map.Entry<String, Byte> fill : fills.entrySet()) {
        TensorSpec spec = tensors.get(fill.getKey());
        byte[] bytes = new byte[Math.toIntExact(spec.shape().elements() * spec.dtype().bytes())];
        Arrays.fill(bytes, fill.getValue());
        writer.write(fill.getKey(), 0, ByteBuffer.wrap(bytes));
      }
    }
    return folder;
  }
}
