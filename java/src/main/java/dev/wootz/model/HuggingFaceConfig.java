package dev.wootz.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.model.ModelConfig.Experts;
import dev.wootz.model.rope.RopeScaling;
import dev.wootz.model.rope.RopeScaling.Yarn;
import dev.wootz.model.rope.RotaryEmbedding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** config.json as transformers 4 and 5 spell it. */
final class HuggingFaceConfig {
  private final Path path;
  private final Settings config;
  private final Architecture architecture;

  private HuggingFaceConfig(Path path, Settings config, Architecture architecture) {
    this.path = path;
    this.config = config;
    this.architecture = architecture;
  }

  /**
   * @param generation generation_config.json, whose end tokens come before those of config.json; or null
   */
  static ModelConfig read(Path path, ObjectNode node, @Nullable ObjectNode generation) {
    Settings config = new Settings(path, node);
    String type = config.text("model_type").orElseThrow(() -> config.wrong("model_type", known()));
    Architecture architecture =
        Architecture.byModelType(type)
            .orElseThrow(
                () ->
                    new FormatException(Reason.ARCHITECTURE_UNKNOWN, path, "found model_type " + FormatException.quote(type) + ", expected " + known()));
    return new HuggingFaceConfig(path, config, architecture).read(generation);
  }

  private static String known() {
    return "one of " + String.join(", ", Arrays.stream(Architecture.values()).map(Architecture::modelType).toList());
  }

  private ModelConfig read(@Nullable ObjectNode generation) {
    String activation = config.text("hidden_act").orElse("silu");
    if (!activation.equals("silu") && !activation.equals("swish")) {
      throw config.unsupported("hidden_act", "silu");
    }
    if (!config.flag("is_causal", true)) {
      throw config.unsupported("is_causal", "true: tokens here do not see those after them");
    }
    int hidden = config.count("hidden_size");
    int heads = config.count("num_attention_heads");
    int kvHeads = config.count("num_key_value_heads", heads);
    if (heads % kvHeads != 0) {
      throw config.wrong("num_key_value_heads", "a divisor of the " + heads + " attention heads");
    }
    if (!config.has("head_dim") && hidden % heads != 0) {
      throw config.wrong("head_dim", "a value, for hidden_size " + hidden + " is no multiple of " + heads + " heads");
    }
    int headDim = config.count("head_dim", hidden / heads);
    int layers = config.countUpTo("num_hidden_layers", ModelConfig.MOST_LAYERS);
    int positions = config.count("max_position_embeddings", 2048);
    boolean bias = config.flag("attention_bias", false);
    List<Integer> eos = generation == null ? List.of() : new Settings(path.resolveSibling("generation_config.json"), generation).ids("eos_token_id");
    List<Integer> bos = config.ids("bos_token_id");
    return new ModelConfig(
        architecture,
        config.count("vocab_size"),
        hidden,
        config.count("intermediate_size"),
        layers,
        heads,
        kvHeads,
        headDim,
        config.positive("rms_norm_eps", 1e-6),
        config.flag("tie_word_embeddings", false),
        architecture == Architecture.QWEN2 || bias,
        architecture != Architecture.QWEN2 && bias,
        config.flag("mlp_bias", false),
        rope(headDim, positions),
        windows(layers),
        architecture == Architecture.QWEN3_MOE ? experts(layers) : null,
        positions,
        bos.isEmpty() ? -1 : bos.get(0),
        eos.isEmpty() ? config.ids("eos_token_id") : eos);
  }

  private RotaryEmbedding rope(int headDim, int positions) {
    // transformers 5 has rope_parameters, older versions rope_theta and rope_scaling.
    Settings parameters = config.object("rope_parameters").or(() -> config.object("rope_scaling")).orElse(null);
    double theta =
        parameters != null && parameters.has("rope_theta") ? parameters.positive("rope_theta") : config.positive("rope_theta", 10000);
    double partial = config.positive("partial_rotary_factor", 1);
    int dim = (int) (headDim * partial);
    if (dim < 2 || dim > headDim || dim % 2 != 0) {
      throw config.wrong("partial_rotary_factor", "a part of the head's " + headDim + " elements that is an even number");
    }
    return RotaryEmbedding.of(dim, theta, parameters == null ? new RopeScaling.None() : scaling(parameters, positions));
  }

  private RopeScaling scaling(Settings rope, int positions) {
    String type = rope.text("rope_type").or(() -> rope.text("type")).orElse("default");
    double original =
        rope.has("original_max_position_embeddings") ? rope.positive("original_max_position_embeddings") : positions;
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(rope.positive("factor"));
      case "llama3" ->
          new RopeScaling.Llama3(rope.positive("factor"), rope.positive("low_freq_factor"), rope.positive("high_freq_factor"), original);
      case "yarn" -> yarn(rope, original, positions);
      default -> throw rope.unsupported(rope.has("rope_type") ? "rope_type" : "type", "default, linear, llama3 or yarn");
    };
  }

  private static Yarn yarn(Settings rope, double original, int positions) {
    double factor = rope.has("factor") ? rope.positive("factor") : positions / original;
    double scale;
    if (rope.has("attention_factor")) {
      scale = rope.positive("attention_factor");
    } else if (rope.has("mscale") && rope.has("mscale_all_dim")) {
      scale = Yarn.attentionScale(factor, rope.positive("mscale")) / Yarn.attentionScale(factor, rope.positive("mscale_all_dim"));
    } else {
      scale = Yarn.attentionScale(factor, 1);
    }
    return new Yarn(
        factor, original, rope.positive("beta_fast", 32), rope.positive("beta_slow", 1), scale, rope.flag("truncate", true));
  }

  private List<Integer> windows(int layers) {
    List<Integer> windows = new ArrayList<>(Collections.nCopies(layers, 0));
    // Qwen's switch; Llama's family has the window alone.
    if (!config.has("sliding_window") || !config.flag("use_sliding_window", architecture == Architecture.LLAMA)) {
      return windows;
    }
    int window = config.count("sliding_window");
    List<String> types = config.texts("layer_types").orElse(null);
    if (types != null && types.size() != layers) {
      throw config.wrong("layer_types", layers + " entries, one for each layer");
    }
    int firstWindowed = architecture == Architecture.LLAMA ? 0 : config.natural("max_window_layers", layers);
    for (int i = 0; i < layers; i++) {
      boolean windowed = types != null ? types.get(i).equals("sliding_attention") : i >= firstWindowed;
      windows.set(i, windowed ? window : 0);
    }
    return windows;
  }

  private Experts experts(int layers) {
    int count = config.countUpTo(config.has("num_local_experts") ? "num_local_experts" : "num_experts", ModelConfig.MOST_LAYERS);
    int perToken = config.count("num_experts_per_tok");
    if (perToken > count) {
      throw config.wrong("num_experts_per_tok", "at most the " + count + " experts");
    }
    int step = config.count("decoder_sparse_step", 1);
    Set<Integer> dense = new TreeSet<>(config.ids("mlp_only_layers"));
    for (int i = 0; i < layers; i++) {
      if ((i + 1) % step != 0) {
        dense.add(i);
      }
    }
    return new Experts(count, perToken, config.count("moe_intermediate_size"), config.flag("norm_topk_prob", false), List.copyOf(dense));
  }
}
