package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.model.lora.Adapter;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters that cannot be attached say which file and field or tensor it is, what was found and what was expected. */
class AdapterFilesTest {
  private static final Path BASE = Path.of("examples/forgetting/base");
  private static final String QUERY = "model.layers.0.self_attn.q_proj";

  private static Model model;
  @TempDir Path folder;

  @BeforeAll
  static void load() {
    model = Model.load(BASE);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private FormatException refused(Path adapter, Reason reason, String... said) {
    long before = Memory.liveBytes();
    FormatException e = catchThrowableOfType(FormatException.class, () -> model.adapter(adapter).close());
    assertThat(e).as("refused").isNotNull();
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e).hasMessageContainingAll(said);
    assertThat(Memory.liveBytes()).isEqualTo(before);
    return e;
  }

  private Path with(Consumer<RandomAdapter> change) {
    RandomAdapter made = new RandomAdapter(BASE, 1, m -> 4);
    change.accept(made);
    return made.write(folder, DType.F32);
  }

  private Path tensors(Object... namesAndExtents) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < namesAndExtents.length; i += 2) {
      long[] extents = (long[]) namesAndExtents[i + 1];
      tensors.put((String) namesAndExtents[i], RandomAdapter.tensor(DType.F32, new float[(int) dev.wootz.tensor.Shape.of(extents).elements()], extents));
    }
    return RandomAdapter.write(folder, tensors, new RandomAdapter(BASE, 1, m -> 0).config);
  }

  private static long[] shape(long... extents) {
    return extents;
  }

  @ParameterizedTest
  @CsvSource({"use_dora,true", "fan_in_fan_out,true", "lora_bias,true", "bias,\"all\"", "init_lora_weights,\"pissa\"", "use_qalora,true"})
  void whatIsNoSumWithAProduct(String field, String value) throws Exception {
    com.fasterxml.jackson.databind.JsonNode node = new com.fasterxml.jackson.databind.ObjectMapper().readTree(value.replace("\\", ""));
    refused(with(made -> made.config.set(field, node)), Reason.ADAPTER_UNSUPPORTED, "adapter_config.json", field);
  }

  @Test
  void settingsOfTheWrongKind() {
    refused(with(made -> made.config.put("r", 0)), Reason.ADAPTER_SETTING, "adapter_config.json", "r", "above 0");
    refused(with(made -> made.config.put("target_modules", 5)), Reason.ADAPTER_SETTING, "target_modules");
    refused(with(made -> made.config.put("target_modules", "(")), Reason.ADAPTER_SETTING, "target_modules", "regular expression");
    refused(with(made -> made.config.putArray("target_modules").add(3)), Reason.ADAPTER_SETTING, "target_modules");
  }

  @Test
  void targetModulesAreNamesOrAnExpression() {
    model.adapter(with(made -> made.config.put("target_modules", ".*_proj"))).close();
    model.adapter(with(made -> made.config.putNull("target_modules"))).close();
    model.adapter(with(made -> {
      var names = made.config.putArray("target_modules");
      for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "mlp.down_proj"}) {
        names.add(name);
      }
    })).close();
    refused(with(made -> made.config.put("target_modules", ".*self_attn.*")), Reason.ADAPTER_TENSOR_UNKNOWN, "mlp", "target_modules");
    refused(with(made -> made.config.putArray("target_modules").add("q_proj")), Reason.ADAPTER_TENSOR_UNKNOWN, "lora_A", "target_modules");
  }

  @Test
  void tensorsThatDoNotFit() {
    refused(tensors(RandomAdapter.name(QUERY, "A"), shape(4, 60), RandomAdapter.name(QUERY, "B"), shape(64, 4)),
        Reason.ADAPTER_SHAPE, QUERY + ".lora_A.weight", "[4, 60]", "[4, 64]");
    refused(tensors(RandomAdapter.name(QUERY, "A"), shape(4, 64), RandomAdapter.name(QUERY, "B"), shape(32, 4)),
        Reason.ADAPTER_SHAPE, QUERY + ".lora_B.weight", "[32, 4]", "[64, 4]");
    refused(tensors(RandomAdapter.name(QUERY, "A"), shape(5, 64), RandomAdapter.name(QUERY, "B"), shape(64, 5)),
        Reason.ADAPTER_SHAPE, QUERY, "[5, 64]", "rank 4");
    refused(tensors(RandomAdapter.name(QUERY, "A"), shape(4, 64)), Reason.ADAPTER_PAIR_INCOMPLETE, QUERY, "lora_B");
  }

  @Test
  void tensorsThatMatchNothing() {
    refused(tensors(RandomAdapter.name("model.layers.5.mlp.up_proj", "A"), shape(4, 64), RandomAdapter.name("model.layers.5.mlp.up_proj", "B"), shape(172, 4)),
        Reason.ADAPTER_TENSOR_UNKNOWN, "model.layers.5.mlp.up_proj", "layers 0 to 4");
    refused(tensors(RandomAdapter.name("lm_head", "A"), shape(4, 64), RandomAdapter.name("lm_head", "B"), shape(512, 4)),
        Reason.ADAPTER_TENSOR_UNKNOWN, "lm_head", "output head");
    refused(tensors("base_model.model.model.embed_tokens.lora_embedding_A", shape(4, 512)), Reason.ADAPTER_UNSUPPORTED, "lora_embedding_A");
    refused(tensors("base_model.model.nonsense", shape(4)), Reason.ADAPTER_TENSOR_UNKNOWN, "nonsense");
    refused(tensors(), Reason.ADAPTER_PAIR_INCOMPLETE, "adapter_model.safetensors", "no LoRA matrices");
  }

  @Test
  void modulesTrainedWhole() {
    refused(tensors("base_model.model.model.embed_tokens.weight", shape(512, 64)), Reason.ADAPTER_UNSUPPORTED, "embed_tokens", "modules_to_save");
  }

  @Test
  void foldersWithoutAnAdapter() {
    refused(Path.of("no/such"), Reason.NOT_FOUND, "no/such");
    refused(BASE, Reason.NOT_FOUND, "adapter_config.json");
  }

  @Test
  void tellsWhatItChanges() {
    try (Adapter adapter = model.adapter(with(made -> {}))) {
      assertThat(adapter.changed()).hasSize(5 * 7).contains(QUERY + ".weight");
      assertThat(adapter.path()).isEqualTo(folder);
    }
  }
}
