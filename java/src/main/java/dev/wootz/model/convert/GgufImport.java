package dev.wootz.model.convert;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.GgufNames;
import dev.wootz.format.GgufNames.Expert;
import dev.wootz.format.TensorInfo;
import dev.wootz.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A GGUF file as a Hugging Face checkpoint: names, order of rows, one matrix for each expert, config.json. */
final class GgufImport {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final Family family;

  GgufImport(GgufFile file) {
    this.file = file;
    this.metadata = file.metadata();
    String architecture = metadata.string("general.architecture").orElse("");
    this.family =
        Family.byGguf(architecture)
            .orElseThrow(
                () ->
                    new FormatException(
                        Reason.CONVERSION_UNSUPPORTED,
                        file.path(),
                        "found general.architecture " + quote(architecture) + ", expected one of " + Family.architectures()));
  }

  /** The type that keeps the most of what the file has: that of its matrices, float16 for blocks, whose scales are float16 too. */
  DType naturalType() {
    DType type = file.tensors().get("token_embd.weight") == null ? DType.F32 : file.tensors().get("token_embd.weight").dtype();
    return type.block() ? DType.F16 : type;
  }

  List<PlannedTensor> tensors(DType type) {
    List<PlannedTensor> planned = new ArrayList<>();
    for (TensorInfo tensor : file.tensors().values()) {
      String name = tensor.name();
      RowSource stored = new RowSource.Stored(file::read, tensor);
      Expert first = GgufNames.firstOfStack(name).orElse(null);
      if (name.equals(ROPE_FACTORS)) {
        continue; // config.json says how they come about
      } else if (first != null) {
        if (tensor.shape().rank() != 3) {
          throw new FormatException(Reason.CONVERSION_UNSUPPORTED, file.path(), name, "found shape " + tensor.shape() + ", expected three extents");
        }
        for (int i = 0; i < tensor.shape().extent(0); i++) {
          planned.add(new PlannedTensor(new Expert(first.layer(), i, first.projection()).huggingFace(), type, new RowSource.Slice(stored, i)));
        }
      } else {
        String huggingFace =
            GgufNames.toHuggingFace(name)
                .orElseThrow(
                    () -> new FormatException(Reason.TENSOR_UNKNOWN, file.path(), name, "a Hugging Face " + family.modelType() + " has no such tensor"));
        planned.add(new PlannedTensor(huggingFace, type, ordered(name, stored)));
      }
    }
    return planned;
  }

  private RowSource ordered(String name, RowSource stored) {
    boolean rotated = name.contains(".attn_q.") || name.contains(".attn_k.");
    if (!family.interleaved() || !rotated) {
      return stored;
    }
    int headDim = (int) headDim();
    if (headDim % 2 != 0 || stored.shape().extent(0) % headDim != 0) {
      throw new FormatException(
          Reason.CONVERSION_UNSUPPORTED, file.path(), name, "found " + stored.shape().extent(0) + " rows, expected whole heads of " + headDim);
    }
    return new RowSource.Interleaved(stored, headDim, false);
  }

  private long required(String suffix) {
    return optional(suffix)
        .orElseThrow(
            () -> new FormatException(Reason.METADATA_MISSING, file.path(), "key " + quote(key(suffix)) + ": found nothing, expected a whole number"));
  }

  private OptionalLong optional(String suffix) {
    OptionalLong value = metadata.integer(key(suffix));
    if (value.isPresent() && (value.getAsLong() < 1 || value.getAsLong() > Integer.MAX_VALUE)) {
      throw new FormatException(
          Reason.CONVERSION_UNSUPPORTED, file.path(), "key " + quote(key(suffix)) + ": found " + value.getAsLong() + ", expected a number from 1 on");
    }
    return value;
  }

  private String key(String suffix) {
    return family.gguf() + "." + suffix;
  }

  private long headDim() {
    return optional("attention.key_length").orElseGet(() -> required("embedding_length") / required("attention.head_count"));
  }

  ObjectNode config(DType type) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(family.className());
    config.put("model_type", family.modelType());
    config.put("hidden_act", "silu");
    config.put("hidden_size", required("embedding_length"));
    config.put("intermediate_size", optional("feed_forward_length").orElseGet(() -> required("expert_feed_forward_length")));
    config.put("num_hidden_layers", required("block_count"));
    config.put("num_attention_heads", required("attention.head_count"));
    config.put("num_key_value_heads", optional("attention.head_count_kv").orElseGet(() -> required("attention.head_count")));
    config.put("head_dim", headDim());
    config.put("max_position_embeddings", required("context_length"));
    config.put("rms_norm_eps", decimal(metadata.number(key("attention.layer_norm_rms_epsilon")).orElse(1e-6)));
    config.put("vocab_size", vocabulary());
    config.put("tie_word_embeddings", !file.tensors().containsKey("output.weight"));
    if (family != Family.QWEN2) {
      config.put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
    }
    if (family == Family.LLAMA) {
      config.put("mlp_bias", file.tensors().containsKey("blk.0.ffn_gate.bias"));
    }
    if (family == Family.QWEN3_MOE) {
      experts(config);
    }
    config.put("rope_theta", decimal(metadata.number(key("rope.freq_base")).orElse(10000)));
    ropeScaling(config);
    token(config, "bos_token_id");
    token(config, "eos_token_id");
    config.put("torch_dtype", type.torchName());
    return config;
  }

  private long vocabulary() {
    TensorInfo embedding = file.tensors().get("token_embd.weight");
    if (embedding == null) {
      throw new FormatException(Reason.TENSOR_MISSING, file.path(), "token_embd.weight", "not in this file: a vocabulary alone?");
    }
    return embedding.shape().rows();
  }

  private void experts(ObjectNode config) {
    config.put("num_experts", required("expert_count"));
    config.put("num_experts_per_tok", required("expert_used_count"));
    config.put("moe_intermediate_size", required("expert_feed_forward_length"));
    config.put("norm_topk_prob", true); // llama.cpp normalizes always
    config.put("decoder_sparse_step", 1);
    config.putArray("mlp_only_layers");
  }

  private void token(ObjectNode config, String field) {
    OptionalLong id = metadata.integer("tokenizer.ggml." + field);
    if (id.isPresent()) {
      config.put(field, id.getAsLong());
    }
  }

  private void ropeScaling(ObjectNode config) {
    String type = metadata.string(key("rope.scaling.type")).orElse("none");
    if (file.tensors().containsKey(ROPE_FACTORS)) {
      Llama3Rope.of(file, ROPE_FACTORS, metadata.number(key("rope.freq_base")).orElse(10000)).putInto(config.putObject("rope_scaling"));
      return;
    }
    switch (type) {
      case "none" -> config.putNull("rope_scaling");
      case "linear" -> config.putObject("rope_scaling").put("rope_type", "linear").put("factor", factor());
      case "yarn" -> {
        ObjectNode rope = config.putObject("rope_scaling").put("rope_type", "yarn").put("factor", factor());
        optional("rope.scaling.original_context_length").ifPresent(length -> rope.put("original_max_position_embeddings", length));
        metadata.number(key("rope.scaling.yarn_beta_fast")).ifPresent(beta -> rope.put("beta_fast", decimal(beta)));
        metadata.number(key("rope.scaling.yarn_beta_slow")).ifPresent(beta -> rope.put("beta_slow", decimal(beta)));
        OptionalDouble attention = metadata.number(key("rope.scaling.attn_factor"));
        if (attention.isPresent()) {
          rope.put("attention_factor", attention.getAsDouble() * (factor() > 1 ? 1 + 0.1 * Math.log(factor()) : 1));
        }
      }
      default ->
          throw new FormatException(
              Reason.CONVERSION_UNSUPPORTED,
              file.path(),
              "key " + quote(key("rope.scaling.type")) + ": found " + quote(type) + ", expected none, linear or yarn");
    }
  }

  private double factor() {
    return decimal(
        metadata
            .number(key("rope.scaling.factor"))
            .orElseThrow(
                () -> new FormatException(Reason.METADATA_MISSING, file.path(), "key " + quote(key("rope.scaling.factor")) + ": not in this file")));
  }

  /** The shortest decimal number that a float32 stands for: 1e-5 and not 9.999999747378752e-6. */
  private static double decimal(double value) {
    return value == (float) value ? Double.parseDouble(Float.toString((float) value)) : value;
  }
}
