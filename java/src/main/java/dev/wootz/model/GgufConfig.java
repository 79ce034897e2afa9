package dev.wootz.model;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.TensorInfo;
import dev.wootz.model.ModelConfig.Experts;
import dev.wootz.model.rope.RopeScaling;
import dev.wootz.model.rope.RopeScaling.Yarn;
import dev.wootz.model.rope.RotaryEmbedding;
import dev.wootz.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.Set;

/** A model's settings from the metadata of a GGUF file, as llama.cpp writes it. */
final class GgufConfig {
  private static final Map<String, Architecture> ARCHITECTURES =
      Map.of(
          "qwen3", Architecture.QWEN3, "qwen3moe", Architecture.QWEN3_MOE, "qwen2", Architecture.QWEN2, "llama", Architecture.LLAMA);

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final String name;
  private final Architecture architecture;

  private GgufConfig(GgufFile file) {
    this.file = file;
    this.metadata = file.metadata();
    this.name = metadata.string("general.architecture").orElseThrow(() -> missing("general.architecture", "the model's architecture"));
    Architecture known = ARCHITECTURES.get(name);
    if (known == null) {
      throw new FormatException(
          Reason.ARCHITECTURE_UNKNOWN,
          file.path(),
          "found general.architecture " + quote(name) + ", expected one of " + String.join(", ", new TreeSet<>(ARCHITECTURES.keySet())));
    }
    this.architecture = known;
  }

  static ModelConfig read(GgufFile file) {
    return new GgufConfig(file).read();
  }

  private ModelConfig read() {
    int hidden = count("embedding_length");
    int heads = count("attention.head_count");
    int kvHeads = count("attention.head_count_kv", heads);
    if (heads % kvHeads != 0) {
      throw wrong(key("attention.head_count_kv"), Integer.toString(kvHeads), "a divisor of the " + heads + " attention heads");
    }
    OptionalLong keyLength = metadata.integer(key("attention.key_length"));
    if (keyLength.isEmpty() && hidden % heads != 0) {
      throw missing(key("attention.key_length"), "the length of a head, for " + hidden + " is no multiple of " + heads + " heads");
    }
    int headDim = count("attention.key_length", hidden / heads);
    if (count("attention.value_length", headDim) != headDim) {
      throw wrong(key("attention.value_length"), Integer.toString(count("attention.value_length")), "the length of keys, " + headDim);
    }
    int layers = upToMost("block_count");
    int positions = count("context_length", 2048);
    boolean outputBias = has("blk.0.attn_output.bias");
    int window = (int) metadata.integer(key("attention.sliding_window")).orElse(0);
    return new ModelConfig(
        architecture,
        vocabulary(),
        hidden,
        intermediate(),
        layers,
        heads,
        kvHeads,
        headDim,
        positive("attention.layer_norm_rms_epsilon", OptionalDouble.empty()),
        !has("output.weight"),
        has("blk.0.attn_q.bias"),
        outputBias,
        has("blk.0.ffn_gate.bias"),
        rope(headDim, positions),
        Collections.nCopies(layers, architecture == Architecture.LLAMA ? window : 0),
        architecture == Architecture.QWEN3_MOE ? experts(layers) : null,
        positions,
        (int) metadata.integer("tokenizer.ggml.bos_token_id").orElse(-1),
        ends());
  }

  private int vocabulary() {
    TensorInfo embedding = file.tensors().get("token_embd.weight");
    if (embedding == null) {
      throw new FormatException(
          Reason.TENSOR_MISSING, file.path(), "token_embd.weight", "not in this file, which has " + file.tensors().size() + " tensors; a vocabulary alone?");
    }
    return Math.toIntExact(embedding.shape().rows());
  }

  private int intermediate() {
    return architecture == Architecture.QWEN3_MOE ? count("feed_forward_length", count("expert_feed_forward_length")) : count("feed_forward_length");
  }

  private List<Integer> ends() {
    Set<Integer> ends = new TreeSet<>();
    for (String end : List.of("eos", "eot", "eom")) {
      metadata.integer("tokenizer.ggml." + end + "_token_id").ifPresent(id -> ends.add(Math.toIntExact(id)));
    }
    return List.copyOf(ends);
  }

  private Experts experts(int layers) {
    Set<Integer> dense = new TreeSet<>();
    for (int i = 0; i < layers; i++) {
      if (!has("blk." + i + ".ffn_gate_inp.weight")) {
        dense.add(i);
      }
    }
    int count = upToMost("expert_count");
    int perToken = count("expert_used_count");
    if (perToken > count) {
      throw wrong(key("expert_used_count"), Integer.toString(perToken), "at most the " + count + " experts");
    }
    // llama.cpp normalizes the weights of Qwen3's experts always and has no key for it.
    return new Experts(count, perToken, count("expert_feed_forward_length"), true, List.copyOf(dense));
  }

  private RotaryEmbedding rope(int headDim, int positions) {
    int dim = count("rope.dimension_count", headDim);
    if (dim > headDim || dim % 2 != 0) {
      throw wrong(key("rope.dimension_count"), Integer.toString(dim), "an even number of at most " + headDim);
    }
    RotaryEmbedding rope = RotaryEmbedding.of(dim, positive("rope.freq_base", OptionalDouble.of(10000)), scaling(positions));
    Tensor factors = has("rope_freqs.weight") ? file.map("rope_freqs.weight") : null;
    if (factors != null) {
      rope = rope.dividedBy(factors.toFloats());
    }
    // llama.cpp's converter reorders the rows of Llama's queries and keys so that pairs are neighbours.
    return architecture == Architecture.LLAMA ? rope.withInterleavedPairs() : rope;
  }

  private RopeScaling scaling(int positions) {
    String type = metadata.string(key("rope.scaling.type")).orElse("none");
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(positive("rope.scaling.factor", OptionalDouble.empty()));
      case "yarn" -> {
        double factor = positive("rope.scaling.factor", OptionalDouble.empty());
        double scale = Yarn.attentionScale(factor, 1) * positive("rope.scaling.attn_factor", OptionalDouble.of(1));
        yield new Yarn(
            factor,
            count("rope.scaling.original_context_length", positions),
            positive("rope.scaling.yarn_beta_fast", OptionalDouble.of(32)),
            positive("rope.scaling.yarn_beta_slow", OptionalDouble.of(1)),
            scale,
            true);
      }
      default -> throw new FormatException(
          Reason.ARCHITECTURE_UNSUPPORTED, file.path(), "key " + quote(key("rope.scaling.type")) + ": found " + quote(type)
              + ", which is not supported; expected none, linear or yarn");
    };
  }

  private boolean has(String tensor) {
    return file.tensors().containsKey(tensor);
  }

  private String key(String suffix) {
    return name + "." + suffix;
  }

  private int count(String suffix) {
    OptionalLong value = metadata.integer(key(suffix));
    if (value.isEmpty()) {
      throw missing(key(suffix), "a whole number from 1 on");
    }
    if (value.getAsLong() < 1 || value.getAsLong() > Integer.MAX_VALUE) {
      throw wrong(key(suffix), Long.toString(value.getAsLong()), "a whole number from 1 on");
    }
    return (int) value.getAsLong();
  }

  private int upToMost(String suffix) {
    int value = count(suffix);
    if (value > ModelConfig.MOST_LAYERS) {
      throw wrong(key(suffix), Integer.toString(value), "a whole number from 1 to " + ModelConfig.MOST_LAYERS);
    }
    return value;
  }

  private int count(String suffix, int otherwise) {
    return metadata.keys().contains(key(suffix)) ? count(suffix) : otherwise;
  }

  private double positive(String suffix, OptionalDouble otherwise) {
    OptionalDouble value = metadata.number(key(suffix));
    if (value.isEmpty()) {
      return otherwise.orElseThrow(() -> missing(key(suffix), "a number above 0"));
    }
    if (!(value.getAsDouble() > 0) || Double.isInfinite(value.getAsDouble())) {
      throw wrong(key(suffix), Double.toString(value.getAsDouble()), "a number above 0");
    }
    return value.getAsDouble();
  }

  private FormatException missing(String key, String expected) {
    return new FormatException(Reason.METADATA_MISSING, file.path(), "key " + quote(key) + ": found nothing, expected " + expected);
  }

  private FormatException wrong(String key, String found, String expected) {
    return new FormatException(Reason.CONFIG_FIELD, file.path(), "key " + quote(key) + ": found " + found + ", expected " + expected);
  }
}
