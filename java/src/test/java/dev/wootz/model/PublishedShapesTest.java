package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishedShapesTest {

  /** The numbers of parameters that the publishers' checkpoints have. */
  @ParameterizedTest
  @CsvSource({
    "qwen3-0.6b, 596049920, 310",
    "qwen3-1.7b, 1720574976, 310",
    "qwen3-4b, 4022468096, 398",
    "qwen3-8b, 8190735360, 399",
    "qwen2.5-0.5b, 494032768, 290",
    "qwen2.5-1.5b, 1543714304, 338",
    "qwen2.5-3b, 3085938688, 434",
    "smollm2-135m, 134515008, 272",
    "smollm2-360m, 361821120, 290",
    "smollm2-1.7b, 1711376384, 218",
    "llama-3.2-1b, 1235814400, 146",
    "llama-3.2-3b, 3212749824, 254"
  })
  void haveThePublishedSizes(String name, long parameters, int tensors) {
    PublishedShape shape = PublishedShapes.named(name).orElseThrow();
    assertThat(shape.parameters()).isEqualTo(parameters);
    assertThat(shape.tensors(DType.BF16)).hasSize(tensors);
  }

  @Test
  void qwen3HasHeadNormsAndNoBiases() {
    List<TensorSpec> tensors = PublishedShapes.named("qwen3-4b").orElseThrow().tensors(DType.BF16);
    assertThat(tensors)
        .contains(new TensorSpec("model.layers.35.self_attn.q_norm.weight", DType.BF16, Shape.of(128)))
        .contains(new TensorSpec("model.layers.0.self_attn.q_proj.weight", DType.BF16, Shape.of(4096, 2560)))
        .noneMatch(tensor -> tensor.name().endsWith(".bias") || tensor.name().equals("lm_head.weight"));
  }

  @Test
  void configurationSaysWhatTheTensorsAre() {
    ObjectNode config = PublishedShapes.named("llama-3.2-1b").orElseThrow().config(DType.BF16);
    assertThat(config.get("architectures").get(0).asText()).isEqualTo("LlamaForCausalLM");
    assertThat(config.get("head_dim").asInt()).isEqualTo(64);
    assertThat(config.get("tie_word_embeddings").asBoolean()).isTrue();
    assertThat(config.get("rope_scaling").get("factor").asDouble()).isEqualTo(32);
    assertThat(config.get("torch_dtype").asText()).isEqualTo("bfloat16");
  }
}
