package dev.wootz.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a published model, from which its tensors and its config.json follow.
 *
 * @param name as on the command line: {@code "qwen3-0.6b"}
 * @param hidden width of the residual stream
 * @param intermediate width inside the feed-forward block
 * @param headDim width of one attention head; heads * headDim may differ from hidden
 * @param tied whether the output projection is the embedding matrix
 * @param ropeScaling factor of Llama 3's frequency scaling, 0 for none
 * @param bos id of the token that begins a text
 * @param eos id of the token that ends one
 */
public record PublishedShape(
    String name,
    Architecture architecture,
    int vocabulary,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    boolean tied,
    double normEpsilon,
    double ropeTheta,
    double ropeScaling,
    int maxPositions,
    int bos,
    int eos) {

  /** Every tensor of a checkpoint in this shape, named as Hugging Face's transformers names them. */
  public List<TensorSpec> tensors(DType dtype) {
    List<TensorSpec> tensors = new ArrayList<>();
    tensors.add(matrix("model.embed_tokens.weight", dtype, vocabulary, hidden));
    for (int layer = 0; layer < layers; layer++) {
      String prefix = "model.layers." + layer + ".";
      tensors.add(vector(prefix + "input_layernorm.weight", dtype, hidden));
      attention(tensors, prefix + "self_attn.", dtype);
      tensors.add(vector(prefix + "post_attention_layernorm.weight", dtype, hidden));
      tensors.add(matrix(prefix + "mlp.gate_proj.weight", dtype, intermediate, hidden));
      tensors.add(matrix(prefix + "mlp.up_proj.weight", dtype, intermediate, hidden));
      tensors.add(matrix(prefix + "mlp.down_proj.weight", dtype, hidden, intermediate));
    }
    tensors.add(vector("model.norm.weight", dtype, hidden));
    if (!tied) {
      tensors.add(matrix("lm_head.weight", dtype, vocabulary, hidden));
    }
    return tensors;
  }

  private void attention(List<TensorSpec> tensors, String prefix, DType dtype) {
    int queries = heads * headDim;
    int keys = kvHeads * headDim;
    tensors.add(matrix(prefix + "q_proj.weight", dtype, queries, hidden));
    tensors.add(matrix(prefix + "k_proj.weight", dtype, keys, hidden));
    tensors.add(matrix(prefix + "v_proj.weight", dtype, keys, hidden));
    tensors.add(matrix(prefix + "o_proj.weight", dtype, hidden, queries));
    if (architecture.attentionBiases()) {
      tensors.add(vector(prefix + "q_proj.bias", dtype, queries));
      tensors.add(vector(prefix + "k_proj.bias", dtype, keys));
      tensors.add(vector(prefix + "v_proj.bias", dtype, keys));
    }
    if (architecture.headNorms()) {
      tensors.add(vector(prefix + "q_norm.weight", dtype, headDim));
      tensors.add(vector(prefix + "k_norm.weight", dtype, headDim));
    }
  }

  private static TensorSpec matrix(String name, DType dtype, long rows, long cols) {
    return new TensorSpec(name, dtype, Shape.of(rows, cols));
  }

  private static TensorSpec vector(String name, DType dtype, long length) {
    return new TensorSpec(name, dtype, Shape.of(length));
  }

  /** Number of weights. */
  public long parameters() {
    return tensors(DType.BF16).stream().mapToLong(tensor -> tensor.shape().elements()).sum();
  }

  /** config.json as transformers reads it. */
  public ObjectNode config(DType dtype) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(architecture.className());
    config.put("attention_bias", architecture.attentionBiases());
    config.put("attention_dropout", 0.0);
    config.put("bos_token_id", bos);
    config.put("eos_token_id", eos);
    config.put("head_dim", headDim);
    config.put("hidden_act", "silu");
    config.put("hidden_size", hidden);
    config.put("initializer_range", RandomCheckpoint.DEVIATION);
    config.put("intermediate_size", intermediate);
    config.put("max_position_embeddings", maxPositions);
    config.put("model_type", architecture.modelType());
    config.put("num_attention_heads", heads);
    config.put("num_hidden_layers", layers);
    config.put("num_key_value_heads", kvHeads);
    config.put("rms_norm_eps", normEpsilon);
    putRope(config);
    config.put("rope_theta", ropeTheta);
    config.put("tie_word_embeddings", tied);
    config.put("torch_dtype", dtype.torchName());
    config.put("use_cache", true);
    config.put("vocab_size", vocabulary);
    if (architecture == Architecture.LLAMA) {
      config.put("mlp_bias", false);
      config.put("pretraining_tp", 1);
    } else {
      config.put("max_window_layers", layers);
      config.putNull("sliding_window");
      config.put("use_sliding_window", false);
    }
    return config;
  }

  private void putRope(ObjectNode config) {
    if (ropeScaling == 0) {
      config.putNull("rope_scaling");
      return;
    }
    ObjectNode scaling = config.putObject("rope_scaling");
    scaling.put("factor", ropeScaling);
    scaling.put("high_freq_factor", 4.0);
    scaling.put("low_freq_factor", 1.0);
    scaling.put("original_max_position_embeddings", 8192);
    scaling.put("rope_type", "llama3");
  }
}
