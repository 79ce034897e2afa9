package dev.wootz.merge.kit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A two-layer model with random weights in the names and proportions of Qwen3, its embedding larger than several tiles. Fine-tuned
 * relatives differ from the base (seed 0) by small noise.
 */
public final class RandomCheckpoint {
  public static final int VOCABULARY = 2500;
  public static final int HIDDEN = 160;

  private RandomCheckpoint() {}

  public static List<TensorSpec> tensors(DType dtype) {
    List<TensorSpec> tensors = new ArrayList<>();
    tensors.add(new TensorSpec("model.embed_tokens.weight", dtype, Shape.of(VOCABULARY, HIDDEN)));
    for (int layer = 0; layer < 2; layer++) {
      String prefix = "model.layers." + layer + ".";
      tensors.add(new TensorSpec(prefix + "input_layernorm.weight", dtype, Shape.of(HIDDEN)));
      tensors.add(new TensorSpec(prefix + "self_attn.q_proj.weight", dtype, Shape.of(HIDDEN, HIDDEN)));
      tensors.add(new TensorSpec(prefix + "mlp.down_proj.weight", dtype, Shape.of(HIDDEN, 3 * HIDDEN + 1)));
    }
    tensors.add(new TensorSpec("model.norm.weight", dtype, Shape.of(HIDDEN)));
    return tensors;
  }

  public static Path write(Path folder, DType dtype, long seed) {
    List<TensorSpec> tensors = tensors(dtype);
    try (CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(tensors, Long.MAX_VALUE), Map.of())) {
      Random base = new Random(0);
      Random tuning = new Random(seed);
      for (TensorSpec tensor : tensors) {
        int n = (int) tensor.shape().elements();
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
          values[i] = (float) (0.02 * base.nextGaussian() + (seed == 0 ? 0 : 0.002 * tuning.nextGaussian()));
        }
        writer.write(tensor.name(), 0, bytes(values, dtype));
      }
    }
    JsonFiles.write(folder.resolve("config.json"), config());
    return folder;
  }

  /** As stored; bfloat16 by truncation, which is as good as any values. */
  static ByteBuffer bytes(float[] values, DType dtype) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (dtype == DType.F32) {
        buffer.putFloat(value);
      } else {
        buffer.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    return buffer.flip();
  }

  private static ObjectNode config() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add("Qwen3ForCausalLM");
    config.put("model_type", "qwen3").put("num_hidden_layers", 2).put("hidden_size", HIDDEN).put("vocab_size", VOCABULARY);
    return config.put("tie_word_embeddings", true);
  }
}
