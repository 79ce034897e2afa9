package dev.wootz.model;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A GGUF file, with llama.cpp's names of tensors. The experts of a layer are one tensor there, of which each is a slice. */
final class GgufWeights implements WeightSource {
  private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");
  private static final Pattern EXPERT = Pattern.compile("mlp\\.experts\\.(\\d+)\\.(gate|up|down)_proj");

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

  private final GgufFile file;
  private final ModelConfig config;

  private GgufWeights(GgufFile file) {
    this.file = file;
    this.config = GgufConfig.read(file);
  }

  static GgufWeights open(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      return new GgufWeights(file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /** Where a tensor lies: all of one, or the slice of one expert. */
  private record Place(String name, int expert) {}

  private static @Nullable Place place(String name) {
    String whole = WHOLE.get(name);
    if (whole != null) {
      return new Place(whole, -1);
    }
    Matcher layer = LAYER.matcher(name);
    if (!layer.matches()) {
      return null;
    }
    String prefix = "blk." + layer.group(1) + ".";
    Matcher expert = EXPERT.matcher(layer.group(2));
    if (expert.matches()) {
      return new Place(prefix + "ffn_" + expert.group(2) + "_exps." + layer.group(3), Integer.parseInt(expert.group(1)));
    }
    String module = IN_LAYER.get(layer.group(2));
    return module == null ? null : new Place(prefix + module + "." + layer.group(3), -1);
  }

  GgufFile file() {
    return file;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public boolean has(String name) {
    Place place = place(name);
    return place != null && file.tensors().containsKey(place.name());
  }

  @Override
  public Tensor tensor(String name) {
    Place place = place(name);
    if (place == null || !file.tensors().containsKey(place.name())) {
      throw new FormatException(
          Reason.TENSOR_MISSING, path(), place == null ? name : place.name(), "not in this file, which has " + file.tensors().size() + " tensors");
    }
    Tensor tensor = file.map(place.name());
    return place.expert() < 0 ? tensor : slice(tensor, place);
  }

  /** One matrix of [experts, rows, cols]. */
  private Tensor slice(Tensor all, Place place) {
    Shape shape = all.shape();
    if (shape.rank() != 3 || place.expert() >= shape.extent(0)) {
      throw new FormatException(
          Reason.TENSOR_SHAPE, path(), place.name(), "found shape " + shape + ", expected [experts, rows, cols] with an expert " + place.expert());
    }
    Shape one = Shape.of(shape.extent(1), shape.extent(2));
    return new Tensor(all.memory(), all.offset() + place.expert() * all.dtype().bytes(one.elements()), all.dtype(), one);
  }

  @Override
  public void close() {
    file.close();
  }
}
