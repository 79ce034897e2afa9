package dev.wootz.format;

import static dev.wootz.format.RawSafetensors.withTensors;
import static dev.wootz.format.RawSafetensors.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  @Test
  void folderWithOneFile() {
    try (Checkpoint model = Checkpoint.open(RawSafetensors.resource("/golden/merge/bf16/A"))) {
      assertThat(model.tensors()).hasSize(24);
      assertThat(List.copyOf(model.tensors().keySet()))
          .isSorted()
          .contains("model.embed_tokens.weight", "model.layers.1.self_attn.q_norm.weight");
      TensorInfo embedding = model.tensor("model.embed_tokens.weight");
      assertThat(embedding.dtype()).isEqualTo(DType.BF16);
      assertThat(embedding.shape()).isEqualTo(Shape.of(512, 64));
      assertThat(model.hasConfig()).isTrue();
      assertThat(model.config().get("num_hidden_layers").intValue()).isEqualTo(2);
      assertThat(model.companions()).isEmpty();
      assertThat(model.files()).hasSize(1);
      assertThat(model.warnings()).isEmpty();
    }
  }

  @Test
  void configIsACopy() {
    write(folder, "model.safetensors", withTensors("a"));
    write(folder, "config.json", "{\"hidden_size\": 64}");
    try (Checkpoint model = Checkpoint.open(folder)) {
      model.config().put("hidden_size", 1);
      assertThat(model.config().get("hidden_size").intValue()).isEqualTo(64);
    }
  }

  @Test
  void configMayBeMissing() {
    write(folder, "model.safetensors", withTensors("a"));
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.hasConfig()).isFalse();
      FormatException e = catchThrowableOfType(FormatException.class, model::config);
      assertThat(e.reason()).isEqualTo(Reason.CONFIG_MISSING);
    }
  }

  @Test
  void wrongConfigIsRefused() {
    write(folder, "model.safetensors", withTensors("a"));
    write(folder, "config.json", "{\"hidden_size\": 64,}");
    assertRefused(Reason.JSON_INVALID, "config.json", "line 1, column 20");
  }

  @Test
  void singleFileTakesConfigAndCompanionsFromItsFolder() {
    write(folder, "some.safetensors", withTensors("a"));
    write(folder, "other.safetensors", withTensors("b"));
    write(folder, "config.json", "{}");
    write(folder, "tokenizer.json", "{}");
    try (Checkpoint model = Checkpoint.open(folder.resolve("some.safetensors"))) {
      assertThat(model.tensors()).containsOnlyKeys("a");
      assertThat(model.hasConfig()).isTrue();
      assertThat(model.companions()).containsExactly(folder.resolve("tokenizer.json"));
    }
  }

  @Test
  void folderWithOneFileOfAnotherName() {
    write(folder, "consolidated.safetensors", withTensors("a"));
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void companionsAreWhatARunnerNeeds() throws Exception {
    write(folder, "model.safetensors", withTensors("a"));
    for (String name : new String[] {"README.md", "LICENSE", "training_args.bin", "tokenizer.json", "merges.txt", "chat_template.jinja"}) {
      write(folder, name, "x");
    }
    write(folder, "generation_config.json", "{}");
    Files.createDirectory(folder.resolve("vocab.json"));
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.companions().stream().map(file -> file.getFileName().toString()))
          .containsExactly("generation_config.json", "tokenizer.json", "merges.txt", "chat_template.jinja");
    }
  }

  @Test
  void shards() {
    write(folder, FIRST, withTensors("c", "a"));
    write(folder, SECOND, withTensors("b"));
    index("{\"metadata\": {\"total_size\": 24}, \"weight_map\": " + map("c", FIRST, "b", SECOND, "a", FIRST) + "}");
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors().keySet()).containsExactly("a", "b", "c");
      assertThat(model.tensor("b").file()).isEqualTo(folder.resolve(SECOND));
      assertThat(model.files().stream().map(SafetensorsFile::path)).containsExactly(folder.resolve(FIRST), folder.resolve(SECOND));
      assertThat(model.warnings()).isEmpty();
      ByteBuffer data = ByteBuffer.allocate(4);
      model.read(model.tensor("a"), 4, data);
      assertThat(data.array()).containsExactly(12, 13, 14, 15);
    }
  }

  @Test
  void unlistedTensorsAreIgnoredWithAWarning() {
    write(folder, FIRST, withTensors("a", "b"));
    write(folder, SECOND, withTensors("b", "c"));
    index("{\"weight_map\": " + map("a", FIRST, "b", SECOND) + "}");
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).containsOnlyKeys("a", "b");
      assertThat(model.tensor("b").file()).isEqualTo(folder.resolve(SECOND));
      assertThat(model.warnings()).hasSize(2);
      assertThat(model.warnings().get(0)).contains(FIRST, "1 tensors are ignored", "\"b\"");
      assertThat(model.warnings().get(1)).contains(SECOND, "\"c\"");
    }
  }

  @Test
  void wrongTotalSizeIsAWarning() {
    write(folder, FIRST, withTensors("a"));
    index("{\"metadata\": {\"total_size\": 23}, \"weight_map\": " + map("a", FIRST) + "}");
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.warnings()).singleElement().asString().contains("total_size is 23", "8 bytes");
    }
  }

  @Test
  void totalSizeInExponentFormIsNoError() {
    write(folder, FIRST, withTensors("a"));
    index("{\"metadata\": {\"total_size\": 8e0, \"total_parameters\": null}, \"weight_map\": " + map("a", FIRST) + "}");
    Checkpoint.open(folder).close();
  }

  @Test
  void singleFileGoesBeforeAnIndex() {
    write(folder, "model.safetensors", withTensors("a"));
    index("{\"weight_map\": {\"b\": \"gone.safetensors\"}}");
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).containsOnlyKeys("a");
      assertThat(model.warnings()).singleElement().asString().contains(ShardIndex.FILE_NAME, "not used");
    }
  }

  @Test
  void missingShard() {
    write(folder, FIRST, withTensors("a"));
    index("{\"weight_map\": " + map("a", FIRST, "b", SECOND) + "}");
    FormatException e = assertRefused(Reason.SHARD_MISSING, SECOND, "no such file", "\"b\"");
    assertThat(e.path()).isEqualTo(folder.resolve(SECOND));
  }

  @Test
  void tensorNotInItsShard() {
    write(folder, FIRST, withTensors("a"));
    index("{\"weight_map\": " + map("a", FIRST, "b", FIRST) + "}");
    FormatException e = assertRefused(Reason.TENSOR_NOT_IN_SHARD, "tensor \"b\"", FIRST);
    assertThat(e.tensor()).isEqualTo("b");
  }

  @Test
  void truncatedShard() {
    byte[] whole = withTensors("a", "b");
    write(folder, FIRST, Arrays.copyOf(whole, whole.length - 1));
    index("{\"weight_map\": " + map("a", FIRST) + "}");
    assertRefused(Reason.TRUNCATED, FIRST, "tensor \"b\"", "15 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", "", " ", "..\\\\model.safetensors",
        "C:model.safetensors", "a\\u0000b", "a\\nb", "a\\ud800"
      })
  void shardNamesThatLeadElsewhere(String name) {
    index("{\"weight_map\": " + map("a", name) + "}");
    assertRefused(Reason.SHARD_NAME_UNSAFE, "tensor \"a\"", "same folder");
  }

  @Test
  void malformedIndexes() {
    index("[]");
    assertRefused(Reason.JSON_INVALID, ShardIndex.FILE_NAME, "an array", "expected a JSON object");
    index("{");
    assertRefused(Reason.JSON_INVALID, "line 1");
    index("{}");
    assertRefused(Reason.INDEX_INVALID, "nothing as weight_map");
    index("{\"weight_map\": []}");
    assertRefused(Reason.INDEX_INVALID, "an array as weight_map");
    index("{\"weight_map\": {}}");
    assertRefused(Reason.INDEX_INVALID, "empty weight_map");
    index("{\"weight_map\": {\"a\": 1}}");
    assertRefused(Reason.INDEX_INVALID, "tensor \"a\"", "the number 1");
    index("{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}");
    assertRefused(Reason.DUPLICATE_KEY, "Duplicate field 'a'");
    index("{\"weight_map\": {\"a\": \"x\"}} {}");
    assertRefused(Reason.JSON_INVALID, ShardIndex.FILE_NAME);
  }

  @Test
  void foldersWithoutUsableWeights() throws Exception {
    assertRefused(Reason.NO_WEIGHTS, "found no weights", "model.safetensors");
    write(folder, "pytorch_model-00001-of-00002.bin", "x");
    write(folder, "training_args.bin", "x");
    assertRefused(Reason.PYTORCH_WEIGHTS_ONLY, "pytorch_model-00001-of-00002.bin only", "convert");
    write(folder, "adapter_config.json", "{}");
    write(folder, "adapter_model.safetensors", withTensors("a"));
    assertRefused(Reason.ADAPTER_NOT_MODEL, "LoRA adapter", "model+adapter");
    write(folder, "b.safetensors", withTensors("a"));
    write(folder, "a.safetensors", withTensors("a"));
    assertRefused(Reason.AMBIGUOUS_WEIGHTS, "a.safetensors, b.safetensors", "name the file");
    write(folder, SECOND, withTensors("a"));
    assertRefused(Reason.INDEX_MISSING, SECOND, ShardIndex.FILE_NAME);
  }

  @Test
  void loneShardIsNotAModel() {
    write(folder, FIRST, withTensors("a"));
    assertRefused(Reason.INDEX_MISSING, FIRST);
  }

  @Test
  void noSuchFolder() {
    FormatException e = catchThrowableOfType(FormatException.class, () -> Checkpoint.open(folder.resolve("none")));
    assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void unknownTensor() {
    write(folder, "model.safetensors", withTensors("a"));
    try (Checkpoint model = Checkpoint.open(folder)) {
      FormatException e = catchThrowableOfType(FormatException.class, () -> model.tensor("b"));
      assertThat(e.reason()).isEqualTo(Reason.TENSOR_MISSING);
      assertThat(e).hasMessageContainingAll("tensor \"b\"", "1 tensors");
      TensorInfo elsewhere = new TensorInfo("a", DType.F32, Shape.of(2), folder.resolve("x"), 0, 8);
      assertThatThrownBy(() -> model.read(elsewhere, 0, ByteBuffer.allocate(1))).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void linksAreFollowedAsInTheHuggingFaceCache() throws Exception {
    Path blobs = Files.createDirectory(folder.resolve("blobs"));
    Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
    write(blobs, "4d7a", withTensors("a"));
    Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../blobs/4d7a"));
    try (Checkpoint model = Checkpoint.open(snapshot)) {
      assertThat(model.tensors()).containsOnlyKeys("a");
    }
  }

  private void index(String json) {
    write(folder, ShardIndex.FILE_NAME, json);
  }

  /** A weight_map of pairs. */
  private static String map(String... pairs) {
    StringBuilder map = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      map.append(i == 0 ? "" : ", ").append('"').append(pairs[i]).append("\": \"").append(pairs[i + 1]).append('"');
    }
    return map.append('}').toString();
  }

  private FormatException assertRefused(Reason reason, String... message) {
    FormatException e = catchThrowableOfType(FormatException.class, () -> Checkpoint.open(folder).close());
    assertThat(e).as("no exception").isNotNull();
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
    assertThat(e).hasMessageContainingAll(message);
    return e;
  }
}
