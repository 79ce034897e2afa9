package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * {@code adapter_config.json} of a LoRA adapter, as far as merging needs it: ranks and scales.
 *
 * <p>A module's rank is {@code r} unless {@code rank_pattern} has a value for it, its alpha {@code lora_alpha} unless {@code
 * alpha_pattern} has. The scale of its product is alpha / r, or alpha / sqrt(r) with {@code use_rslora} (rank-stabilised LoRA, arXiv
 * 2312.03732).
 */
final class LoraSettings {
  /** Ways to start training that leave the base model's weights as they are. Others change them: the product alone is not the delta. */
  private static final Set<String> HARMLESS_STARTS = Set.of("gaussian", "eva", "orthogonal");

  private record Override(Pattern module, double value) {}

  private final Path file;
  private final long rank;
  private final double alpha;
  private final boolean rankStabilised;
  private final List<Override> ranks;
  private final List<Override> alphas;
  private final List<String> savedModules;

  private LoraSettings(Path file, ObjectNode config) {
    this.file = file;
    this.rank = wholeNumber(config.path("r"), "r");
    this.alpha = number(config.path("lora_alpha"), "lora_alpha");
    this.rankStabilised = config.path("use_rslora").asBoolean(false);
    this.ranks = overrides(config, "rank_pattern");
    this.alphas = overrides(config, "alpha_pattern");
    this.savedModules = strings(config, "modules_to_save");
  }

  /** Reads and checks the settings. Throws {@link FormatException} for an adapter that is no product of two matrices per module. */
  static LoraSettings read(Path file) {
    ObjectNode config = JsonFiles.read(file);
    requireMergeable(file, config);
    return new LoraSettings(file, config);
  }

  /** The rank of a module, such as {@code model.layers.0.self_attn.q_proj}. */
  long rank(String module) {
    for (Override override : ranks) {
      if (override.module.matcher(module).lookingAt()) {
        return (long) override.value;
      }
    }
    return rank;
  }

  /** The factor of the product B·A of a module. */
  double scale(String module) {
    double numerator = alpha;
    for (Override override : alphas) {
      if (override.module.matcher(module).lookingAt()) {
        numerator = override.value;
        break;
      }
    }
    return numerator / (rankStabilised ? Math.sqrt(rank(module)) : rank(module));
  }

  /** Whether {@code modules_to_save} names the module of a tensor or one that contains it. */
  boolean savesWhole(String tensor) {
    return savedModules.stream().anyMatch(module -> ("." + tensor).contains("." + module + "."));
  }

  private static void requireMergeable(Path file, ObjectNode config) {
    String type = config.path("peft_type").asText("");
    if (!type.equals("LORA")) {
      throw new FormatException(Reason.ADAPTER_UNSUPPORTED, file, "found peft_type " + quote(type) + ", expected \"LORA\"");
    }
    refuseUnlessFalse(file, config, "use_dora", "DoRA rescales the whole weight");
    refuseUnlessFalse(file, config, "fan_in_fan_out", "its weights are stored transposed");
    refuseUnlessFalse(file, config, "lora_bias", "it adds biases");
    refuseUnlessFalse(file, config, "use_qalora", "QA-LoRA pools its inputs");
    refuseUnlessFalse(file, config, "use_bdlora", "its matrices are block-diagonal");
    refuseUnlessFalse(file, config, "layer_replication", "it repeats layers of the model");
    refuseUnlessFalse(file, config, "trainable_token_indices", "it trains single embedding rows");
    refuseUnlessFalse(file, config, "target_parameters", "it changes parameters inside modules");
    refuseUnlessFalse(file, config, "alora_invocation_tokens", "it acts after certain tokens only");
    refuseUnlessFalse(file, config, "arrow_config", "it is chosen for each token");
    refuseUnlessFalse(file, config, "kasa_config", "KaSA changes the base model's weights");
    JsonNode bias = config.path("bias");
    if (bias.isTextual() && !bias.textValue().equals("none")) {
      throw unsupported(file, "bias", bias, "it trains biases");
    }
    JsonNode start = config.path("init_lora_weights");
    if (start.isTextual() && !HARMLESS_STARTS.contains(start.textValue())) {
      throw unsupported(
          file,
          "init_lora_weights",
          start,
          "such a start changes the base model's weights, so the product alone is not the difference; convert it with PEFT's"
              + " path_initial_model_for_weight_conversion");
    }
  }

  private static void refuseUnlessFalse(Path file, ObjectNode config, String key, String why) {
    JsonNode value = config.path(key);
    boolean isFalse = value.isBoolean() && !value.booleanValue();
    boolean isEmpty = value.isContainerNode() && value.isEmpty();
    if (!value.isMissingNode() && !value.isNull() && !isFalse && !isEmpty) {
      throw unsupported(file, key, value, why);
    }
  }

  private static FormatException unsupported(Path file, String key, JsonNode value, String why) {
    return new FormatException(
        Reason.ADAPTER_UNSUPPORTED, file, "found " + key + " = " + value + ", which cannot be merged as B·A per module: " + why);
  }

  private List<Override> overrides(ObjectNode config, String key) {
    List<Override> overrides = new ArrayList<>();
    for (Map.Entry<String, Double> entry : numbers(config, key).entrySet()) {
      try {
        // PEFT's rule: the key is a regular expression for the end of the module's name, from a dot or the start on.
        overrides.add(new Override(Pattern.compile("(.*\\.)?(" + entry.getKey() + ")$"), entry.getValue()));
      } catch (PatternSyntaxException e) {
        String found = "found " + quote(entry.getKey()) + " in " + key + ", expected a module name or regular expression: ";
        throw new FormatException(Reason.ADAPTER_SETTING, file, null, found + e.getDescription(), e);
      }
    }
    return overrides;
  }

  private Map<String, Double> numbers(ObjectNode config, String key) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    JsonNode map = config.path(key);
    if (!map.isMissingNode() && !map.isNull() && !map.isObject()) {
      throw setting(map, key, "an object of numbers");
    }
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String what = key + " " + quote(entry.getKey());
      numbers.put(
          entry.getKey(), key.equals("rank_pattern") ? (double) wholeNumber(entry.getValue(), what) : number(entry.getValue(), what));
    }
    return numbers;
  }

  private List<String> strings(ObjectNode config, String key) {
    List<String> strings = new ArrayList<>();
    JsonNode list = config.path(key);
    if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
      throw setting(list, key, "a list of module names");
    }
    for (JsonNode item : list) {
      if (!item.isTextual()) {
        throw setting(item, key, "a list of module names");
      }
      strings.add(item.textValue());
    }
    return strings;
  }

  private long wholeNumber(JsonNode value, String key) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw setting(value, key, "a whole number above 0");
    }
    return value.intValue();
  }

  private double number(JsonNode value, String key) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw setting(value, key, "a finite number");
    }
    return value.doubleValue();
  }

  private FormatException setting(JsonNode found, String key, String expected) {
    return new FormatException(Reason.ADAPTER_SETTING, file, "found " + JsonFiles.kind(found) + " as " + key + ", expected " + expected);
  }
}
