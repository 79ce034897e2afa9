package dev.wootz.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufNamesTest {
  @ParameterizedTest
  @CsvSource({
    "model.embed_tokens.weight, token_embd.weight",
    "model.norm.weight, output_norm.weight",
    "lm_head.weight, output.weight",
    "model.layers.0.input_layernorm.weight, blk.0.attn_norm.weight",
    "model.layers.27.self_attn.q_proj.bias, blk.27.attn_q.bias",
    "model.layers.3.self_attn.k_norm.weight, blk.3.attn_k_norm.weight",
    "model.layers.3.self_attn.o_proj.weight, blk.3.attn_output.weight",
    "model.layers.3.post_attention_layernorm.weight, blk.3.ffn_norm.weight",
    "model.layers.3.mlp.down_proj.weight, blk.3.ffn_down.weight",
    "model.layers.3.mlp.gate.weight, blk.3.ffn_gate_inp.weight"
  })
  void bothWays(String huggingFace, String gguf) {
    assertThat(GgufNames.ofHuggingFace(huggingFace)).contains(gguf);
    assertThat(GgufNames.toHuggingFace(gguf)).contains(huggingFace);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "model.layers.x.mlp.gate.weight", "model.layers.3.mlp.experts.1.up_proj.weight", "blk.1.attn_q", "blk.1.ffn_up_exps.weight"})
  void unknown(String name) {
    assertThat(GgufNames.ofHuggingFace(name)).isEmpty();
    assertThat(GgufNames.toHuggingFace(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gate", "up", "down"})
  void experts(String projection) {
    GgufNames.Expert expert = GgufNames.expert("model.layers.2.mlp.experts.7." + projection + "_proj.weight").orElseThrow();
    assertThat(expert).isEqualTo(new GgufNames.Expert(2, 7, projection));
    assertThat(GgufNames.firstOfStack(expert.stack())).contains(new GgufNames.Expert(2, 0, projection));
    assertThat(expert.huggingFace()).isEqualTo("model.layers.2.mlp.experts.7." + projection + "_proj.weight");
  }
}
