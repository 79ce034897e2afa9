package dev.wootz.model.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufNames;
import dev.wootz.format.GgufNames.Expert;
import dev.wootz.format.GgufValue;
import dev.wootz.format.TensorInfo;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A Hugging Face checkpoint as llama.cpp's converter would write it: names, order of rows, stacked experts, metadata. */
final class GgufExport implements GgufContent {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final Checkpoint checkpoint;
  private final Path folder;
  private final ConfigFields config;
  private final Family family;

  GgufExport(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    this.folder = Files.isDirectory(checkpoint.path()) ? checkpoint.path() : checkpoint.path().toAbsolutePath().getParent();
    this.config = new ConfigFields(folder.resolve("config.json"), checkpoint.config());
    String type = config.text("model_type");
    this.family =
        Family.byModelType(type)
            .orElseThrow(
                () ->
                    new FormatException(
                        Reason.CONVERSION_UNSUPPORTED,
                        config.file(),
                        "found model_type " + FormatException.quote(type) + ", expected one of " + Family.modelTypes()));
  }

  @Override
  public Path path() {
    return checkpoint.path();
  }

  @Override
  public QuantizationMix.Model model() {
    int heads = (int) config.count("num_attention_heads");
    return new QuantizationMix.Model(
        (int) config.count("num_hidden_layers"),
        heads,
        (int) config.optionalCount("num_key_value_heads").orElse(heads),
        family == Family.QWEN3_MOE ? (int) experts() : 0,
        !hasOutput());
  }

  private long experts() {
    return config.optionalCount("num_experts").orElseGet(() -> config.count("num_local_experts"));
  }

  /** A tied model may carry its output projection a second time. */
  private boolean hasOutput() {
    return !config.flag("tie_word_embeddings") && checkpoint.tensors().containsKey("lm_head.weight");
  }

  @Override
  public List<PlannedTensor> tensors() {
    List<PlannedTensor> planned = new ArrayList<>();
    Map<String, Map<Integer, TensorInfo>> stacks = new LinkedHashMap<>();
    for (TensorInfo tensor : checkpoint.tensors().values()) {
      String name = tensor.name();
      if (name.endsWith("rotary_emb.inv_freq") || name.equals("lm_head.weight") && !hasOutput()) {
        continue;
      }
      Expert expert = GgufNames.expert(name).orElse(null);
      if (expert != null) {
        stacks.computeIfAbsent(expert.stack(), stack -> new TreeMap<>()).put(expert.index(), tensor);
        continue;
      }
      String gguf =
          GgufNames.ofHuggingFace(name)
              .orElseThrow(
                  () -> new FormatException(Reason.TENSOR_UNKNOWN, tensor.file(), name, "GGUF's " + family.gguf() + " has no such tensor"));
      planned.add(plan(gguf, source(gguf, tensor)));
    }
    stacks.forEach((name, experts) -> planned.add(plan(name, stacked(name, experts))));
    ropeFactors(planned);
    planned.sort((a, b) -> TensorOrder.INSTANCE.compare(a.name(), b.name()));
    return planned;
  }

  private static PlannedTensor plan(String name, RowSource source) {
    DType stored = source.dtype();
    boolean keep = stored == DType.F16 || stored == DType.BF16 || stored.block();
    return new PlannedTensor(name, QuantizationMix.quantized(name, source.shape()) && keep ? stored : DType.F32, source);
  }

  private RowSource source(String gguf, TensorInfo tensor) {
    RowSource stored = new RowSource.Stored(checkpoint::read, tensor);
    boolean rotated = gguf.contains(".attn_q.") || gguf.contains(".attn_k.");
    if (!family.interleaved() || !rotated) {
      return stored;
    }
    int headDim = (int) config.headDim();
    long rows = tensor.shape().extent(0);
    if (headDim % 2 != 0 || rows % headDim != 0) {
      throw new FormatException(
          Reason.CONVERSION_UNSUPPORTED, tensor.file(), tensor.name(), "found " + rows + " rows, expected whole heads of " + headDim);
    }
    return new RowSource.Interleaved(stored, headDim, true);
  }

  private RowSource stacked(String name, Map<Integer, TensorInfo> experts) {
    List<RowSource> parts = new ArrayList<>();
    TensorInfo first = experts.values().iterator().next();
    for (int i = 0; i < experts(); i++) {
      TensorInfo part = experts.get(i);
      if (part == null || !part.shape().equals(first.shape()) || part.dtype() != first.dtype()) {
        throw new FormatException(
            Reason.CONVERSION_UNSUPPORTED,
            checkpoint.path(),
            name,
            "expert " + i + ": found " + (part == null ? "no matrix" : part.dtype() + " " + part.shape()) + ", expected " + first.dtype() + " "
                + first.shape());
      }
      parts.add(new RowSource.Stored(checkpoint::read, part));
    }
    return new RowSource.Stacked(parts);
  }

  private void ropeFactors(List<PlannedTensor> planned) {
    ConfigFields rope = config.rope();
    if (!ropeType(rope).equals("llama3")) {
      return;
    }
    Llama3Rope scaling =
        new Llama3Rope(
            rope.number("factor"),
            rope.optionalNumber("low_freq_factor").orElse(1),
            rope.optionalNumber("high_freq_factor").orElse(4),
            rope.optionalCount("original_max_position_embeddings").orElse(8192));
    float[] factors = scaling.factors((int) config.headDim() / 2, config.ropeTheta());
    planned.add(new PlannedTensor(ROPE_FACTORS, DType.F32, new RowSource.Computed(factors)));
  }

  private static String ropeType(ConfigFields rope) {
    JsonNode type = rope.json().hasNonNull("rope_type") ? rope.json().get("rope_type") : rope.json().path("type");
    return type.asText("default");
  }

  @Override
  public Map<String, GgufValue> metadata() {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", GgufValue.string(family.gguf()));
    metadata.put("general.type", GgufValue.string("model"));
    metadata.put("general.name", GgufValue.string(name()));
    put(metadata, "context_length", config.optionalCount("max_position_embeddings").orElse(2048));
    put(metadata, "embedding_length", config.count("hidden_size"));
    put(metadata, "block_count", config.count("num_hidden_layers"));
    put(metadata, "feed_forward_length", config.count("intermediate_size"));
    long heads = config.count("num_attention_heads");
    put(metadata, "attention.head_count", heads);
    put(metadata, "attention.head_count_kv", config.optionalCount("num_key_value_heads").orElse(heads));
    metadata.put(key("attention.layer_norm_rms_epsilon"), GgufValue.f32(config.optionalNumber("rms_norm_eps").orElse(1e-6)));
    put(metadata, "attention.key_length", config.headDim());
    put(metadata, "attention.value_length", config.headDim());
    put(metadata, "vocab_size", vocabulary());
    if (family == Family.QWEN3_MOE) {
      put(metadata, "expert_count", experts());
      put(metadata, "expert_used_count", config.count("num_experts_per_tok"));
      put(metadata, "expert_feed_forward_length", config.count("moe_intermediate_size"));
    }
    if (family == Family.LLAMA) {
      config.optionalCount("sliding_window").ifPresent(window -> put(metadata, "attention.sliding_window", window));
    }
    rope(metadata);
    return metadata;
  }

  @Override
  public Map<String, GgufValue> tokenizer() {
    return TokenizerExport.of(folder, config, vocabulary());
  }

  /** Rows of the embedding: what the model has, whatever its tokenizer knows. */
  private int vocabulary() {
    Shape embedding = checkpoint.tensor("model.embed_tokens.weight").shape();
    return Math.toIntExact(embedding.rows());
  }

  private String name() {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? family.gguf() : name.toString();
  }

  private void rope(Map<String, GgufValue> metadata) {
    metadata.put(key("rope.freq_base"), GgufValue.f32(config.ropeTheta()));
    ConfigFields rope = config.rope();
    double partial = rope.optionalNumber("partial_rotary_factor").orElse(config.optionalNumber("partial_rotary_factor").orElse(1));
    put(metadata, "rope.dimension_count", (long) (config.headDim() * partial));
    String type = ropeType(rope);
    switch (type) {
      case "default", "llama3" -> {}
      case "linear" -> {
        metadata.put(key("rope.scaling.type"), GgufValue.string("linear"));
        metadata.put(key("rope.scaling.factor"), GgufValue.f32(rope.number("factor")));
      }
      case "yarn" -> yarn(metadata, rope);
      default ->
          throw new FormatException(
              Reason.CONVERSION_UNSUPPORTED,
              config.file(),
              "found rope scaling " + FormatException.quote(type) + ", expected default, linear, yarn or llama3");
    }
  }

  private void yarn(Map<String, GgufValue> metadata, ConfigFields rope) {
    long positions = config.optionalCount("max_position_embeddings").orElse(2048);
    long original = rope.optionalCount("original_max_position_embeddings").orElse(positions);
    double factor = rope.optionalNumber("factor").orElse((double) positions / original);
    metadata.put(key("rope.scaling.type"), GgufValue.string("yarn"));
    metadata.put(key("rope.scaling.factor"), GgufValue.f32(factor));
    put(metadata, "rope.scaling.original_context_length", original);
    rope.optionalNumber("beta_fast").ifPresent(beta -> metadata.put(key("rope.scaling.yarn_beta_fast"), GgufValue.f32(beta)));
    rope.optionalNumber("beta_slow").ifPresent(beta -> metadata.put(key("rope.scaling.yarn_beta_slow"), GgufValue.f32(beta)));
    // llama.cpp multiplies its own 1 + 0.1 ln(factor) with this.
    rope.optionalNumber("attention_factor")
        .ifPresent(
            attention ->
                metadata.put(key("rope.scaling.attn_factor"), GgufValue.f32(attention / (factor > 1 ? 1 + 0.1 * Math.log(factor) : 1))));
  }

  private void put(Map<String, GgufValue> metadata, String suffix, long value) {
    metadata.put(key(suffix), GgufValue.u32(value));
  }

  private String key(String suffix) {
    return family.gguf() + "." + suffix;
  }
}
