package dev.wootz.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufValue;
import dev.wootz.format.GgufWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.SharedFiles;
import dev.wootz.format.TensorInfo;
import dev.wootz.model.PublishedShapes;
import dev.wootz.model.RandomCheckpoint;
import dev.wootz.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole conversions, against files of llama.cpp and Hugging Face where they are at hand. */
class ConversionTest {
  @TempDir Path folder;

  private static byte[] bytes(GgufFile file, String name) {
    TensorInfo tensor = file.tensors().get(name);
    byte[] bytes = new byte[(int) tensor.bytes()];
    file.read(tensor, 0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static byte[] bytes(Checkpoint checkpoint, String name) {
    TensorInfo tensor = checkpoint.tensor(name);
    byte[] bytes = new byte[(int) tensor.bytes()];
    checkpoint.read(tensor, 0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static void assertSameTensors(GgufFile actual, GgufFile expected) {
    assertThat(actual.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
    for (TensorInfo tensor : expected.tensors().values()) {
      TensorInfo own = actual.tensors().get(tensor.name());
      assertThat(own.dtype()).as(tensor.name()).isEqualTo(tensor.dtype());
      assertThat(own.shape()).as(tensor.name()).isEqualTo(tensor.shape());
      assertThat(bytes(actual, tensor.name())).as(tensor.name()).isEqualTo(bytes(expected, tensor.name()));
    }
  }

  private static void assertSameKeys(GgufFile actual, GgufFile expected, Set<String> but) {
    for (String key : expected.metadata().keys()) {
      if (but.contains(key)) {
        continue;
      }
      GgufValue want = expected.metadata().values().get(key);
      GgufValue got = actual.metadata().values().get(key);
      assertThat(got).as(key).isNotNull();
      assertThat(got.type()).as(key).isEqualTo(want.type());
      assertThat(Arrays.deepEquals(new Object[] {got.value()}, new Object[] {want.value()})).as(key).isTrue();
    }
  }

  private static void assertSameCheckpoints(Path actual, Path expected) {
    try (Checkpoint a = Checkpoint.open(actual);
        Checkpoint b = Checkpoint.open(expected)) {
      assertThat(a.tensors().keySet()).isEqualTo(b.tensors().keySet());
      for (TensorInfo tensor : b.tensors().values()) {
        assertThat(a.tensor(tensor.name()).shape()).as(tensor.name()).isEqualTo(tensor.shape());
        assertThat(bytes(a, tensor.name())).as(tensor.name()).isEqualTo(bytes(b, tensor.name()));
      }
      for (String key : List.of("model_type", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim",
          "num_hidden_layers", "vocab_size", "tie_word_embeddings", "max_position_embeddings", "num_experts", "num_experts_per_tok",
          "moe_intermediate_size")) {
        assertThat(a.config().path(key)).as(key).isEqualTo(b.config().path(key));
      }
      for (String key : List.of("rms_norm_eps", "rope_theta")) {
        assertThat(a.config().path(key).asDouble()).as(key).isEqualTo(b.config().path(key).asDouble());
      }
    }
  }

  private Path randomModel() {
    Path model = folder.resolve("random");
    RandomCheckpoint.of(PublishedShapes.named("qwen3-tiny").orElseThrow(), DType.BF16, 3).write(model);
    return model;
  }

  @Test
  void thereAndBack() {
    Path model = randomModel();
    Path gguf = folder.resolve("m.gguf");
    Conversion.Report report = Conversion.of(model).threads(2).toGguf(gguf, null);
    assertThat(report.types().get(DType.BF16)).isPositive();
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    assertThat(JsonFiles.read(folder.resolve("back/config.json")).path("torch_dtype").asText()).isEqualTo("bfloat16");
    Conversion.of(folder.resolve("back")).toGguf(folder.resolve("again.gguf"), null);
    try (GgufFile first = GgufFile.open(gguf);
        GgufFile second = GgufFile.open(folder.resolve("again.gguf"))) {
      assertSameTensors(second, first);
      assertSameKeys(second, first, Set.of("general.name"));
    }
  }

  @Test
  void threadsDoNotMatter() throws Exception {
    Path model = randomModel();
    Conversion.of(model).threads(1).toGguf(folder.resolve("one.gguf"), QuantizationMix.Q4_K_M);
    Conversion.of(model).threads(3).toGguf(folder.resolve("three.gguf"), QuantizationMix.Q4_K_M);
    assertThat(Files.mismatch(folder.resolve("one.gguf"), folder.resolve("three.gguf"))).isEqualTo(-1);
  }

  @Test
  void quantizingAgainWarns() {
    Path model = randomModel();
    assertThat(Conversion.of(model).toGguf(folder.resolve("q8.gguf"), QuantizationMix.Q8_0).warnings()).isEmpty();
    Conversion.Report report = Conversion.of(folder.resolve("q8.gguf")).toGguf(folder.resolve("q4.gguf"), QuantizationMix.Q4_0);
    assertThat(report.warnings()).singleElement().asString().contains("quantized already");
    try (GgufFile file = GgufFile.open(folder.resolve("q4.gguf"))) {
      assertThat(file.metadata().integer("general.file_type")).hasValue(2);
      assertThat(file.metadata().integer("general.quantization_version")).hasValue(2);
    }
  }

  @Test
  void aCancelledConversionLeavesNothing() throws Exception {
    Path model = randomModel();
    Conversion conversion = Conversion.of(model);
    conversion.listener((tensor, done, total) -> conversion.cancel());
    assertThat(catchThrowableOfType(CancellationException.class, () -> conversion.toGguf(folder.resolve("m.gguf"), null))).isNotNull();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(model);
    }
  }

  @Test
  void unknownModelsAreRefused() throws Exception {
    Path model = randomModel();
    Path config = model.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"qwen3\"", "\"mamba\""));
    FormatException e = catchThrowableOfType(FormatException.class, () -> Conversion.of(model).toGguf(folder.resolve("m.gguf"), null));
    assertThat(e.reason()).isEqualTo(Reason.CONVERSION_UNSUPPORTED);
    assertThat(e).hasMessageContainingAll("config.json", "\"mamba\"", "qwen3_moe");
    Files.writeString(config, text.replace("\"num_attention_heads\"", "\"heads\""));
    e = catchThrowableOfType(FormatException.class, () -> Conversion.of(model).toGguf(folder.resolve("m.gguf"), null));
    assertThat(e).hasMessageContainingAll("\"num_attention_heads\"", "found nothing");
  }

  /** Llama's order of rows and Llama 3's rotary scaling, whose factors a GGUF file has as a tensor. */
  @Test
  void llama3Scaling() throws Exception {
    Path model = randomModel();
    Path config = model.resolve("config.json");
    ObjectNode settings = JsonFiles.read(config);
    settings.put("model_type", "llama").put("rope_theta", 10000);
    ObjectNode rope = settings.putObject("rope_scaling").put("rope_type", "llama3").put("factor", 8).put("low_freq_factor", 1);
    rope.put("high_freq_factor", 4).put("original_max_position_embeddings", 64);
    JsonFiles.write(config, settings);
    Path gguf = folder.resolve("m.gguf");
    Conversion.of(model).toGguf(gguf, null);
    try (GgufFile file = GgufFile.open(gguf)) {
      // as llama.cpp's formula gives them in float32
      float[] expected = {1, 1.2939758f, 7.667385f, 8, 8, 8, 8, 8};
      float[] factors = file.map("rope_freqs.weight").toFloats();
      assertThat(factors).hasSize(16);
      for (int i = 0; i < expected.length; i++) {
        assertThat(factors[2 * i]).isCloseTo(expected[i], within(1e-5f));
      }
    }
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    ObjectNode back = JsonFiles.read(folder.resolve("back/config.json"));
    assertThat(back.path("rope_scaling").path("rope_type").asText()).isEqualTo("llama3");
    for (String key : List.of("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")) {
      assertThat(back.path("rope_scaling").path(key).asDouble()).as(key).isEqualTo(rope.path(key).asDouble());
    }
    assertSameCheckpoints(folder.resolve("back"), model);
  }

  @Test
  void yarnScaling() {
    Path model = randomModel();
    Path config = model.resolve("config.json");
    ObjectNode settings = JsonFiles.read(config);
    settings.putObject("rope_scaling").put("rope_type", "yarn").put("factor", 4.0).put("original_max_position_embeddings", 64);
    JsonFiles.write(config, settings);
    Path gguf = folder.resolve("m.gguf");
    Conversion.of(model).toGguf(gguf, null);
    try (GgufFile file = GgufFile.open(gguf)) {
      assertThat(file.metadata().string("qwen3.rope.scaling.type")).contains("yarn");
      assertThat(file.metadata().number("qwen3.rope.scaling.factor")).hasValue(4);
      assertThat(file.metadata().integer("qwen3.rope.scaling.original_context_length")).hasValue(64);
    }
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    assertThat(JsonFiles.read(folder.resolve("back/config.json")).path("rope_scaling")).isEqualTo(settings.path("rope_scaling"));
  }

  @Test
  void partsOfAModelAreRefused() {
    Path path = folder.resolve("m-00001-of-00002.gguf");
    try (GgufWriter writer = GgufWriter.create(path, Map.of("split.count", GgufValue.u32(2)), List.of(), false)) {
      writer.finish();
    }
    FormatException e = catchThrowableOfType(FormatException.class, () -> Conversion.of(path).toHuggingFace(folder.resolve("back"), null));
    assertThat(e).hasMessageContaining("one of 2 parts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen3-tiny", "llama-tiny"})
  void asLlamaCppConverts(String model) {
    Path source = SharedFiles.find("golden/models/" + model);
    Path gguf = folder.resolve(model + ".gguf");
    Conversion.of(source).toGguf(gguf, null);
    try (GgufFile actual = GgufFile.open(gguf);
        GgufFile expected = GgufFile.open(SharedFiles.find("golden/gguf/" + model + "-f32.gguf"))) {
      assertSameTensors(actual, expected);
      assertSameKeys(actual, expected, Set.of());
    }
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    assertSameCheckpoints(folder.resolve("back"), source);
  }

  @Test
  void expertsAreStackedAndTakenApart() {
    Path source = SharedFiles.find("golden/models/qwen3-moe");
    Path gguf = folder.resolve("moe.gguf");
    Conversion.of(source).toGguf(gguf, null);
    try (GgufFile file = GgufFile.open(gguf)) {
      assertThat(file.tensors().get("blk.1.ffn_down_exps.weight").shape().toArray()).containsExactly(8, 64, 48);
      assertThat(file.metadata().integer("qwen3moe.expert_used_count")).hasValue(2);
    }
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    assertSameCheckpoints(folder.resolve("back"), source);
  }

  @ParameterizedTest
  @CsvSource({"Q8_0, q8_0", "Q4_0, q4_0", "Q4_K_M, q4_k_m"})
  void typesAsLlamaCppChooses(QuantizationMix mix, String name) {
    Path source = SharedFiles.find("golden/models/qwen3-k256");
    Path gguf = folder.resolve("q.gguf");
    Conversion.of(source).toGguf(gguf, mix);
    try (GgufFile actual = GgufFile.open(gguf);
        GgufFile expected = GgufFile.open(SharedFiles.find("golden/gguf/qwen3-k256-" + name + ".gguf"))) {
      assertSameKeys(actual, expected, Set.of("general.name"));
      Set<String> searched = new HashSet<>();
      for (TensorInfo tensor : expected.tensors().values()) {
        assertThat(actual.tensors().get(tensor.name()).dtype()).as(tensor.name()).isEqualTo(tensor.dtype());
        if (Set.of(DType.Q4_K, DType.Q6_K).contains(tensor.dtype())) {
          searched.add(tensor.name()); // other bytes, no greater error: the native tests compare that
        } else {
          assertThat(bytes(actual, tensor.name())).as(tensor.name()).isEqualTo(bytes(expected, tensor.name()));
        }
      }
      assertThat(searched.size()).isEqualTo(mix == QuantizationMix.Q8_0 ? 0 : mix == QuantizationMix.Q4_0 ? 1 : 15);
    }
  }

  /** Tokens, types, merges, special tokens and template of Qwen3 as in a GGUF file made from the same tokenizer.json. */
  @Test
  void byteLevelVocabulary() throws Exception {
    Path model = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("golden/models/qwen3-realvocab/config.json", "golden/models/qwen3-realvocab/model.safetensors",
        "data/qwen3-tokenizer/tokenizer.json", "data/qwen3-tokenizer/tokenizer_config.json")) {
      Path file = SharedFiles.find(name);
      Files.copy(file, model.resolve(file.getFileName().toString()));
    }
    Path gguf = folder.resolve("m.gguf");
    Conversion.of(model).toGguf(gguf, null);
    Path again = folder.resolve("again.gguf");
    Conversion.of(gguf).toHuggingFace(folder.resolve("back"), null);
    Conversion.of(folder.resolve("back")).toGguf(again, null);
    for (Path written : List.of(gguf, again)) {
      try (GgufFile actual = GgufFile.open(written);
          GgufFile expected = GgufFile.open(SharedFiles.find("data/ggml-vocab/ggml-vocab-qwen3.gguf"))) {
        Set<String> others = new HashSet<>(expected.metadata().keys());
        others.removeIf(key -> key.startsWith("tokenizer."));
        assertSameKeys(actual, expected, others);
      }
    }
  }

  @Test
  void sentencePieceVocabulary() {
    Path gguf = folder.resolve("m.gguf");
    Conversion.of(SharedFiles.find("data/stories260K")).toGguf(gguf, null);
    Path expectedFile = SharedFiles.find("data/stories260K/stories260K-f32.gguf");
    try (GgufFile actual = GgufFile.open(gguf);
        GgufFile expected = GgufFile.open(expectedFile)) {
      assertSameTensors(actual, expected);
      // Scores differ where the file has ties; their order is what counts.
      assertSameKeys(actual, expected, Set.of("general.license", "tokenizer.ggml.scores"));
    }
    Conversion.of(expectedFile).toHuggingFace(folder.resolve("back"), null);
    assertThat(JsonFiles.read(folder.resolve("back/tokenizer.json")).path("model").path("vocab"))
        .isEqualTo(JsonFiles.read(SharedFiles.find("data/stories260K/tokenizer.json")).path("model").path("vocab"));
  }
}
