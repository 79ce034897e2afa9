package dev.wootz.model.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizationMixTest {
  private static final QuantizationMix.Model TIED = new QuantizationMix.Model(28, 16, 8, 0, true);

  private static DType type(String mix, String tensor, long... shape) {
    return QuantizationMix.named(mix).orElseThrow().typeOf(tensor, Shape.of(shape), TIED);
  }

  @ParameterizedTest
  @CsvSource({
    "q4_k_m, token_embd.weight, Q6_K",
    "q4_k_m, blk.0.attn_v.weight, Q6_K",
    "q4_k_m, blk.3.attn_v.weight, Q4_K",
    "q4_k_m, blk.5.attn_v.weight, Q6_K",
    "q4_k_m, blk.27.ffn_down.weight, Q6_K",
    "q4_k_m, blk.27.ffn_up.weight, Q4_K",
    "q4_k_s, blk.0.ffn_down.weight, Q5_K",
    "q5_k_m, blk.27.attn_v.weight, Q6_K",
    "q3_k_m, blk.0.attn_output.weight, Q4_K",
    "q2_k, blk.9.ffn_down.weight, Q3_K",
    "q6_k, blk.9.attn_q.weight, Q6_K",
    "q8_0, token_embd.weight, Q8_0",
    "q4_0, token_embd.weight, Q6_K",
    "q4_0, blk.9.attn_v.weight, Q4_0",
    "bf16, blk.9.attn_v.weight, BF16",
    "q4_k, blk.9.ffn_up.weight, Q4_K",
    "Q4_K_M, blk.9.ffn_gate_inp.weight, F32"
  })
  void asInLlamaCpp(String mix, String tensor, DType expected) {
    assertThat(type(mix, tensor, 512, 1024)).isEqualTo(expected);
  }

  /** SmolLM's rows of 576, Qwen2.5-0.5B's of 896. */
  @ParameterizedTest
  @CsvSource({"q4_k_m, Q5_0", "q5_k_m, Q5_1", "q6_k, Q8_0", "q3_k_s, Q4_0", "q4_0, Q4_0"})
  void blocksOf32WhereRowsAreNoMultipleOf256(String mix, DType expected) {
    assertThat(type(mix, "blk.3.ffn_up.weight", 64, 896)).isEqualTo(expected);
    assertThat(type(mix, "token_embd.weight", 64, 576)).isEqualTo(DType.Q8_0);
    assertThat(type(mix, "blk.3.ffn_up.weight", 64, 100)).isEqualTo(DType.F16);
  }

  @Test
  void normsAndBiasesStayFloat32() {
    assertThat(type("q4_0", "blk.0.attn_norm.weight", 256)).isEqualTo(DType.F32);
    assertThat(type("f16", "blk.0.attn_q.bias", 256)).isEqualTo(DType.F32);
    assertThat(QuantizationMix.named("q9")).isEmpty();
  }
}
