package dev.wootz.format;

import static dev.wootz.format.RawSafetensors.entry;
import static dev.wootz.format.RawSafetensors.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraAdapterTest {
  private static final String Q = "base_model.model.model.layers.0.self_attn.q_proj.";
  private static final String V = "base_model.model.model.layers.0.self_attn.v_proj.";

  @TempDir Path folder;

  @Test
  void readsWhatPeftWrote() {
    try (LoraAdapter adapter = LoraAdapter.open(RawSafetensors.resource("/golden/merge/bf16/lora"))) {
      assertThat(adapter.modules())
          .containsOnlyKeys(
              "model.layers.0.mlp.down_proj.weight",
              "model.layers.0.self_attn.q_proj.weight",
              "model.layers.0.self_attn.v_proj.weight",
              "model.layers.1.mlp.down_proj.weight",
              "model.layers.1.self_attn.q_proj.weight",
              "model.layers.1.self_attn.v_proj.weight");
      LoraAdapter.Module down = adapter.modules().get("model.layers.0.mlp.down_proj.weight");
      assertThat(down.a().shape()).isEqualTo(Shape.of(4, 80));
      assertThat(down.b().shape()).isEqualTo(Shape.of(64, 4));
      assertThat(down.rank()).isEqualTo(4);
      assertThat(down.scale()).isEqualTo(2);
      assertThat(adapter.replacements()).isEmpty();
      adapter.read(down.b(), 0, ByteBuffer.allocate((int) down.b().bytes()));
    }
  }

  @Test
  void namesWithTheAdaptersName() {
    settings("");
    weights(Q + "lora_A.default.weight", "[2,3]", Q + "lora_B.default.weight", "[4,2]");
    assertThat(open().modules()).containsOnlyKeys("model.layers.0.self_attn.q_proj.weight");
  }

  @Test
  void namesWithoutPeftsPrefix() {
    settings("");
    weights("model.layers.0.mlp.up_proj.lora_A.weight", "[2,3]", "model.layers.0.mlp.up_proj.lora_B.weight", "[4,2]");
    assertThat(open().modules()).containsOnlyKeys("model.layers.0.mlp.up_proj.weight");
  }

  @Test
  void patternsAreRegularExpressionsForTheEndOfAModulesName() {
    settings(
        """
        , "rank_pattern": {"v_proj": 8, ".*": 2}, "alpha_pattern": {"layers\\\\.[0-3]\\\\.self_attn\\\\.v_proj": 4, "proj": 100}
        """);
    weights(Q + "lora_A.weight", "[2,3]", Q + "lora_B.weight", "[4,2]", V + "lora_A.weight", "[8,3]", V + "lora_B.weight", "[4,8]");
    LoraAdapter adapter = open();
    LoraAdapter.Module v = adapter.modules().get("model.layers.0.self_attn.v_proj.weight");
    assertThat(v.rank()).isEqualTo(8);
    assertThat(v.scale()).isEqualTo(0.5);
    LoraAdapter.Module q = adapter.modules().get("model.layers.0.self_attn.q_proj.weight");
    assertThat(q.rank()).isEqualTo(2);
    assertThat(q.scale()).isEqualTo(4);
  }

  @Test
  void rankStabilisedScale() {
    settings(", \"use_rslora\": true, \"lora_alpha\": 3.5");
    weights(Q + "lora_A.weight", "[2,3]", Q + "lora_B.weight", "[4,2]");
    assertThat(open().modules().values().iterator().next().scale()).isEqualTo(3.5 / Math.sqrt(2), within(1e-15));
  }

  @Test
  void modulesTrainedWholeReplaceTheBase() {
    settings(", \"modules_to_save\": [\"lm_head\", \"score\"]");
    weights(
        "base_model.model.lm_head.weight", "[5,3]",
        "base_model.model.score.modules_to_save.default.dense.weight", "[5,3]",
        "base_model.model.model.score.modules_to_save.bias", "[5]",
        "base_model.model.model.embed_tokens.base_layer.weight", "[5,3]");
    assertThat(open().replacements())
        .containsOnlyKeys("lm_head.weight", "score.dense.weight", "model.score.bias", "model.embed_tokens.weight");
  }

  @Test
  void tensorsOfUnknownMeaning() {
    settings(", \"modules_to_save\": [\"norm\"]");
    weights("base_model.model.model.layers.0.input_layernorm.weight", "[3]");
    assertRefused(Reason.ADAPTER_TENSOR_UNKNOWN, "input_layernorm", "modules_to_save");
    weights(Q + "lora_A.bias", "[3]");
    assertRefused(Reason.ADAPTER_TENSOR_UNKNOWN, "lora_A.bias");
    weights(Q + "lora_diag.weight", "[3]");
    assertRefused(Reason.ADAPTER_TENSOR_UNKNOWN, "lora_diag");
  }

  @Test
  void halfAPair() {
    settings("");
    weights(Q + "lora_A.weight", "[2,3]");
    assertRefused(Reason.ADAPTER_PAIR_INCOMPLETE, "lora_A", "no lora_B");
    weights(Q + "lora_B.weight", "[4,2]");
    assertRefused(Reason.ADAPTER_PAIR_INCOMPLETE, "lora_B", "no lora_A");
  }

  @Test
  void twoAdaptersInOneFile() {
    settings("");
    weights(Q + "lora_A.one.weight", "[2,3]", Q + "lora_A.two.weight", "[2,3]");
    assertRefused(Reason.DUPLICATE_KEY, "lora_A.one", "lora_A.two");
  }

  @Test
  void shapesThatDoNotFit() {
    settings("");
    weights(Q + "lora_A.weight", "[3,3]", Q + "lora_B.weight", "[4,2]");
    assertRefused(Reason.ADAPTER_SHAPE, "lora_A", "found shape [3, 3]", "[2, in]", "rank 2");
    weights(Q + "lora_A.weight", "[2,3]", Q + "lora_B.weight", "[2,4]");
    assertRefused(Reason.ADAPTER_SHAPE, "lora_B", "[out, 2]");
    weights(Q + "lora_A.weight", "[2,3,1,1]", Q + "lora_B.weight", "[4,2,1,1]");
    assertRefused(Reason.ADAPTER_SHAPE, "[2, 3, 1, 1]");
  }

  @Test
  void integerMatrices() {
    settings("");
    String header = "{" + entry(Q + "lora_A.weight", "I8", "[2,3]", 0, 6) + "," + entry(Q + "lora_B.weight", "I8", "[4,2]", 6, 14) + "}";
    write(folder, LoraAdapter.WEIGHTS, RawSafetensors.file(header, 14));
    assertRefused(Reason.ADAPTER_UNSUPPORTED, "I8", "floating-point");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"use_dora\": true | DoRA",
        "\"fan_in_fan_out\": true | transposed",
        "\"bias\": \"all\" | biases",
        "\"bias\": \"lora_only\" | biases",
        "\"lora_bias\": true | biases",
        "\"use_qalora\": true | QA-LoRA",
        "\"use_bdlora\": {\"blocks\": 2} | block-diagonal",
        "\"layer_replication\": [[0, 4], [2, 5]] | repeats layers",
        "\"trainable_token_indices\": [1] | embedding rows",
        "\"target_parameters\": [\"experts.down\"] | parameters",
        "\"alora_invocation_tokens\": [1] | certain tokens",
        "\"arrow_config\": {\"top_k\": 1} | each token",
        "\"kasa_config\": {\"beta\": 1} | KaSA",
        "\"init_lora_weights\": \"pissa\" | convert it with PEFT",
        "\"init_lora_weights\": \"pissa_niter_4\" | convert it with PEFT",
        "\"init_lora_weights\": \"loftq\" | convert it with PEFT",
        "\"peft_type\": \"ADALORA\" | expected \"LORA\"",
      })
  void adaptersThatAreNoProductOfTwoMatrices(String setting, String message) {
    settings(", " + setting);
    weights(Q + "lora_A.weight", "[2,3]", Q + "lora_B.weight", "[4,2]");
    FormatException e = assertRefused(Reason.ADAPTER_UNSUPPORTED, message);
    assertThat(e.path()).isEqualTo(folder.resolve(LoraAdapter.CONFIG));
  }

  @Test
  void tensorsOfUnsupportedKinds() {
    settings("");
    String embedding = "base_model.model.model.embed_tokens.";
    weights(embedding + "lora_embedding_A", "[2,5]", embedding + "lora_embedding_B", "[3,2]");
    assertRefused(Reason.ADAPTER_UNSUPPORTED, "lora_embedding_A", "embedding");
    weights(Q + "lora_magnitude_vector", "[4]");
    assertRefused(Reason.ADAPTER_UNSUPPORTED, "DoRA");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"r\": 0 | the number 0 as r",
        "\"r\": \"8\" | the string \"8\" as r",
        "\"r\": 8.5 | 8.5 as r",
        "\"lora_alpha\": null | null as lora_alpha",
        "\"lora_alpha\": NaN | NaN as lora_alpha",
        "\"rank_pattern\": [1] | an array as rank_pattern",
        "\"rank_pattern\": {\"q\": -1} | the number -1 as rank_pattern \"q\"",
        "\"alpha_pattern\": {\"(q\": 1} | \"(q\" in alpha_pattern",
        "\"modules_to_save\": \"lm_head\" | as modules_to_save",
        "\"modules_to_save\": [1] | the number 1 as modules_to_save",
      })
  void wrongSettings(String setting, String message) {
    settings(", " + setting);
    weights(Q + "lora_A.weight", "[2,3]", Q + "lora_B.weight", "[4,2]");
    assertRefused(Reason.ADAPTER_SETTING, message, "expected");
  }

  @Test
  void incompleteFolders() {
    FormatException none = catchThrowableOfType(FormatException.class, () -> LoraAdapter.open(folder.resolve("none")));
    assertThat(none.reason()).isEqualTo(Reason.NOT_FOUND);
    assertRefused(Reason.NOT_FOUND, LoraAdapter.CONFIG);
    settings("");
    assertRefused(Reason.NOT_FOUND, LoraAdapter.WEIGHTS);
    write(folder, "adapter_model.bin", "x");
    assertRefused(Reason.PYTORCH_WEIGHTS_ONLY, "adapter_model.bin", "PEFT");
  }

  /** Rank 2, alpha 8, and what is given; a key that is given replaces the default. */
  private void settings(String more) {
    String json = "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 8, \"bias\": \"none\", \"use_dora\": false";
    for (String key : new String[] {"peft_type", "r", "lora_alpha", "bias", "use_dora"}) {
      if (more.contains("\"" + key + "\":")) {
        json = json.replaceFirst("\"" + key + "\": [^,]*(, |$)", "");
      }
    }
    write(folder, LoraAdapter.CONFIG, json.replaceFirst(", $", "") + more + "}");
  }

  /** F32 tensors: pairs of name and shape. */
  private void weights(String... pairs) {
    StringBuilder header = new StringBuilder("{");
    int end = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      int begin = end;
      int elements = 1;
      for (String extent : pairs[i + 1].substring(1, pairs[i + 1].length() - 1).split(",")) {
        elements *= Integer.parseInt(extent);
      }
      end += 4 * elements;
      header.append(i == 0 ? "" : ",").append(entry(pairs[i], "F32", pairs[i + 1], begin, end));
    }
    write(folder, LoraAdapter.WEIGHTS, RawSafetensors.file(header.append('}').toString(), end));
  }

  private LoraAdapter open() {
    LoraAdapter adapter = LoraAdapter.open(folder);
    adapter.close();
    return adapter;
  }

  private FormatException assertRefused(Reason reason, String... message) {
    FormatException e = catchThrowableOfType(FormatException.class, () -> LoraAdapter.open(folder).close());
    assertThat(e).as("no exception").isNotNull();
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
    assertThat(e).hasMessageContainingAll(message);
    return e;
  }
}
