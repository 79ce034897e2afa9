package dev.wootz.format;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llama.cpp's names of the tensors of decoders, and Hugging Face's: {@code blk.3.attn_q.weight} is {@code
 * model.layers.3.self_attn.q_proj.weight}. The same for Llama, Qwen2, Qwen3 and Qwen3-MoE, where the experts of a layer are one tensor in GGUF
 * ({@link Expert}).
 */
public final class GgufNames {
  private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d{1,6})\\.(.+)\\.(weight|bias)");
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\.(.+)\\.(weight|bias)");
  private static final Pattern EXPERT = Pattern.compile("model\\.layers\\.(\\d{1,6})\\.mlp\\.experts\\.(\\d{1,6})\\.(gate|up|down)_proj\\.weight");
  private static final Pattern STACK = Pattern.compile("blk\\.(\\d{1,6})\\.ffn_(gate|up|down)_exps\\.weight");

  private static final Map<String, String> WHOLE =
      Map.of(
          "model.embed_tokens.weight", "token_embd.weight", "model.norm.weight", "output_norm.weight", "lm_head.weight", "output.weight");

  private static final Map<String, String> IN_LAYER =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("mlp.gate", "ffn_gate_inp"));

  private static final Map<String, String> WHOLE_BACK = inverse(WHOLE);
  private static final Map<String, String> IN_LAYER_BACK = inverse(IN_LAYER);

  private GgufNames() {}

  private static Map<String, String> inverse(Map<String, String> map) {
    Map<String, String> back = new HashMap<>();
    map.forEach((key, value) -> back.put(value, key));
    return back;
  }

  /** GGUF's name of a tensor of a Hugging Face checkpoint; empty for an expert's matrix and for names that are not known. */
  public static Optional<String> ofHuggingFace(String name) {
    return translate(name, WHOLE, LAYER, IN_LAYER, "blk.");
  }

  /** Hugging Face's name of a tensor of a GGUF file; empty for a stack of experts and for names that are not known. */
  public static Optional<String> toHuggingFace(String name) {
    return translate(name, WHOLE_BACK, BLOCK, IN_LAYER_BACK, "model.layers.");
  }

  private static Optional<String> translate(String name, Map<String, String> whole, Pattern layer, Map<String, String> inLayer, String prefix) {
    if (whole.containsKey(name)) {
      return Optional.of(whole.get(name));
    }
    Matcher matcher = layer.matcher(name);
    if (!matcher.matches() || !inLayer.containsKey(matcher.group(2))) {
      return Optional.empty();
    }
    return Optional.of(prefix + matcher.group(1) + "." + inLayer.get(matcher.group(2)) + "." + matcher.group(3));
  }

  /**
   * One expert's matrix.
   *
   * @param projection gate, up or down
   */
  public record Expert(int layer, int index, String projection) {
    /** GGUF's tensor [experts, rows, cols], of which this is a slice. */
    public String stack() {
      return "blk." + layer + ".ffn_" + projection + "_exps.weight";
    }

    public String huggingFace() {
      return "model.layers." + layer + ".mlp.experts." + index + "." + projection + "_proj.weight";
    }
  }

  /** The expert whose matrix has this name in a Hugging Face checkpoint. */
  public static Optional<Expert> expert(String huggingFace) {
    Matcher matcher = EXPERT.matcher(huggingFace);
    return matcher.matches()
        ? Optional.of(new Expert(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), matcher.group(3)))
        : Optional.empty();
  }

  /** The first expert of the stack that has this name in a GGUF file. */
  public static Optional<Expert> firstOfStack(String gguf) {
    Matcher matcher = STACK.matcher(gguf);
    return matcher.matches() ? Optional.of(new Expert(Integer.parseInt(matcher.group(1)), 0, matcher.group(2))) : Optional.empty();
  }
}
