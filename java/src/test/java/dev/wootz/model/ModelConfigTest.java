package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.LoadOptions;
import dev.wootz.engine.Model;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.model.rope.RotaryEmbedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of models: both spellings of transformers, every kind of rotary scaling, and what is refused. */
class ModelConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path TINY = Path.of("src/test/resources/golden/models/qwen3-tiny");
  private static final Path MOE = Path.of("src/test/resources/golden/models/qwen3-moe");

  @TempDir private Path folder;

  private static ObjectNode json(Path file) {
    try {
      return (ObjectNode) JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ModelConfig changed(Path model, Consumer<ObjectNode> change) {
    ObjectNode config = json(model.resolve("config.json"));
    change.accept(config);
    return HuggingFaceConfig.read(Path.of("config.json"), config, null);
  }

  @Test
  void bothSpellingsMeanTheSame() {
    for (Path model : List.of(TINY, MOE)) {
      ModelConfig four = HuggingFaceConfig.read(model, json(model.resolve("config.json")), null);
      ModelConfig five = HuggingFaceConfig.read(model, json(model.resolve("config.v5.json")), null);
      assertThat(five.rope().frequencies()).containsExactly(four.rope().frequencies());
      assertThat(five).usingRecursiveComparison().isEqualTo(four);
    }
  }

  @Test
  void readsWhatTheModelIs() {
    ModelConfig config = changed(TINY, c -> {});
    assertThat(config.architecture()).isEqualTo(Architecture.QWEN3);
    assertThat(config.headDim()).isEqualTo(32);
    assertThat(config.tied()).isTrue();
    assertThat(config.eos()).containsExactly(2);
    assertThat(config.windows()).containsExactly(0, 0, 0);
    ModelConfig moe = changed(MOE, c -> c.putArray("mlp_only_layers").add(0));
    assertThat(moe.experts()).isNotNull();
    assertThat(moe.sparse(0)).isFalse();
    assertThat(moe.sparse(1)).isTrue();
  }

  @Test
  void slidingWindowsOfSomeLayers() {
    ModelConfig config = changed(TINY, c -> c.put("use_sliding_window", true).put("sliding_window", 16).put("max_window_layers", 1));
    assertThat(config.windows()).containsExactly(0, 16, 16);
    ModelConfig typed =
        changed(
            TINY,
            c -> {
              c.put("use_sliding_window", true).put("sliding_window", 16);
              c.putArray("layer_types").add("sliding_attention").add("full_attention").add("sliding_attention");
            });
    assertThat(typed.windows()).containsExactly(16, 0, 16);
  }

  /** Frequencies as transformers' own functions give them (theta 10000, 8 elements; values by its formulas in float64). */
  @Test
  void rotaryScalings() {
    double[] plain = {1, 0.1, 0.01, 0.001};
    assertThat(rope(c -> c.put("rope_type", "linear").put("factor", 4)).frequencies()).containsExactly(0.25, 0.025, 0.0025, 0.00025);
    double[] llama3 =
        rope(c -> c.put("rope_type", "llama3").put("factor", 8).put("low_freq_factor", 1).put("high_freq_factor", 4)
                .put("original_max_position_embeddings", 512)).frequencies();
    assertThat(llama3[0]).isEqualTo(plain[0]);
    assertThat(llama3[1]).isEqualTo(plain[1]);
    assertThat(llama3[2]).isCloseTo(plain[2] / 8, within(1e-12));
    assertThat(llama3[3]).isCloseTo(plain[3] / 8, within(1e-12));
    var yarn = rope(c -> c.put("rope_type", "yarn").put("factor", 4).put("original_max_position_embeddings", 64));
    assertThat(yarn.scale()).isCloseTo(0.1 * Math.log(4) + 1, within(1e-12));
    assertThat(yarn.frequencies()[0]).isEqualTo(1);
    assertThat(yarn.frequencies()[3]).isCloseTo(plain[3] / 4, within(1e-12));
  }

  private static RotaryEmbedding rope(Consumer<ObjectNode> scaling) {
    return changed(TINY, c -> {
          c.put("head_dim", 8).put("rope_theta", 10000);
          scaling.accept(c.putObject("rope_scaling"));
        })
        .rope();
  }

  @ParameterizedTest
  @CsvSource({
    "model_type, \"mamba\", ARCHITECTURE_UNKNOWN",
    "model_type, 3, CONFIG_FIELD",
    "hidden_size, 0, CONFIG_FIELD",
    "hidden_size, -64, CONFIG_FIELD",
    "hidden_size, 6.5, CONFIG_FIELD",
    "hidden_size, \"64\", CONFIG_FIELD",
    "hidden_size, 99999999999, CONFIG_FIELD",
    "num_hidden_layers, 2000000000, CONFIG_FIELD",
    "num_key_value_heads, 3, CONFIG_FIELD",
    "rms_norm_eps, -1, CONFIG_FIELD",
    "vocab_size, null, CONFIG_FIELD",
    "eos_token_id, \"x\", CONFIG_FIELD",
    "hidden_act, \"gelu\", ARCHITECTURE_UNSUPPORTED",
    "tie_word_embeddings, 1, CONFIG_FIELD",
    "rope_scaling, 'yarn', CONFIG_FIELD",
  })
  void refusesWrongFields(String field, String value, Reason reason) throws IOException {
    var node = JSON.readTree(value.equals("yarn") ? "\"yarn\"" : value);
    assertThatThrownBy(() -> changed(TINY, c -> c.set(field, node)))
        .isInstanceOfSatisfying(FormatException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(field)
        .hasMessageContaining("config.json");
  }

  @Test
  void refusesUnknownScaling() {
    assertThatThrownBy(() -> rope(c -> c.put("rope_type", "longrope"))).hasMessageContaining("longrope").hasMessageContaining("llama3");
  }

  private Path model(Consumer<ObjectNode> change) throws IOException {
    ObjectNode config = json(TINY.resolve("config.json"));
    change.accept(config);
    Files.writeString(folder.resolve("config.json"), config.toString());
    Files.copy(TINY.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    return folder;
  }

  /** Settings larger than the tensors are found before memory is allocated for them. */
  @ParameterizedTest
  @CsvSource({
    "vocab_size, 2000000000, model.embed_tokens.weight",
    "hidden_size, 2000000000, model.embed_tokens.weight",
    "intermediate_size, 2000000000, mlp.gate_proj",
    "num_attention_heads, 60000, q_proj",
    "num_hidden_layers, 4, model.layers.3",
    "head_dim, 64, q_proj",
  })
  void refusesSettingsThatDoNotFitTheTensors(String field, int value, String tensor) throws IOException {
    Path model = model(c -> c.put(field, value));
    assertThatThrownBy(() -> Model.load(model, LoadOptions.defaults().withThreads(1)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(tensor);
  }

  @Test
  void refusesAMissingProjection() throws IOException {
    Path model = model(c -> c.put("tie_word_embeddings", false));
    assertThatThrownBy(() -> Model.load(model)).isInstanceOf(FormatException.class).hasMessageContaining("lm_head.weight");
  }
}
