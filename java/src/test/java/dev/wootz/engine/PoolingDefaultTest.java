package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.FormatException;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufMetadata;
import dev.wootz.format.GgufValue;
import dev.wootz.format.GgufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pooling a model's files ask for, in the forms that sentence-transformers and llama.cpp write. */
class PoolingDefaultTest {
  @TempDir private Path folder;

  private Optional<Pooling> folder(String json) throws IOException {
    folder(json, "1_Pooling");
    return PoolingDefault.ofFolder(folder);
  }

  @Test
  void sentenceTransformers() throws IOException {
    assertThat(PoolingDefault.ofFolder(folder)).isEmpty();
    String qwen = "{\"word_embedding_dimension\": 64, \"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": false, \"pooling_mode_lasttoken\": true,"
        + " \"include_prompt\": true}";
    assertThat(folder(qwen)).contains(Pooling.LAST);
    assertThat(folder(qwen.replace("lasttoken\": true", "lasttoken\": false").replace("mean_tokens\": false", "mean_tokens\": true"))).contains(Pooling.MEAN);
    assertThat(folder(qwen.replace("lasttoken\": true", "lasttoken\": false").replace("cls_token\": false", "cls_token\": true"))).contains(Pooling.FIRST);
    assertThat(folder("{\"pooling_mode\": \"mean\"}")).contains(Pooling.MEAN);
    assertThat(folder("{\"pooling_mode\": \"lasttoken\"}")).contains(Pooling.LAST);
  }

  @Test
  void whatIsNotComputedIsRefused() {
    assertThatThrownBy(() -> folder("{\"pooling_mode_max_tokens\": true}")).isInstanceOf(FormatException.class).hasMessageContaining("max_tokens");
    assertThatThrownBy(() -> folder("{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": true}"))
        .hasMessageContaining("cls_token and mean_tokens");
    assertThatThrownBy(() -> folder("{}")).hasMessageContaining("no pooling mode");
    assertThatThrownBy(() -> folder("{\"pooling_mode_lasttoken\": 1}")).hasMessageContaining("pooling_mode_lasttoken").hasMessageContaining("number 1");
    assertThatThrownBy(
            () -> {
              folder("{\"pooling_mode_lasttoken\": true, \"include_prompt\": false}");
              PoolingDefault.requirePromptIncluded(folder);
            })
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("include_prompt");
    assertThatThrownBy(() -> folder("[]")).isInstanceOf(FormatException.class);
  }

  @Test
  void modules() throws IOException {
    PoolingDefault.requireKnownModules(folder);
    Path file = folder.resolve("modules.json");
    String list = "[{\"idx\": 0, \"type\": \"sentence_transformers.models.Transformer\"}, {\"idx\": 1, \"type\": \"sentence_transformers.models.Pooling\"}]";
    Files.writeString(file, list);
    PoolingDefault.requireKnownModules(folder);
    Files.writeString(file, list.replace("models.Pooling", "models.Dense"));
    assertThatThrownBy(() -> PoolingDefault.requireKnownModules(folder)).isInstanceOf(FormatException.class).hasMessageContaining("Dense");
    Files.writeString(file, "{}");
    assertThatThrownBy(() -> PoolingDefault.requireKnownModules(folder)).isInstanceOf(FormatException.class).hasMessageContaining("array");
  }

  @Test
  void modulesSayWhereThePoolingIs() throws IOException {
    Files.writeString(folder.resolve("modules.json"), "[{\"type\": \"sentence_transformers.models.Pooling\", \"path\": \"pooling\"}]");
    folder("{\"pooling_mode\": \"mean\"}".replace("mean", "lasttoken"), "1_Pooling");
    assertThatThrownBy(() -> PoolingDefault.ofFolder(folder)).isInstanceOf(FormatException.class).hasMessageContaining("pooling");
    folder("{\"pooling_mode_cls_token\": true}", "pooling");
    assertThat(PoolingDefault.ofFolder(folder)).contains(Pooling.FIRST);
  }

  private void folder(String json, String name) throws IOException {
    Files.createDirectories(folder.resolve(name));
    Files.writeString(folder.resolve(name).resolve("config.json"), json);
  }

  private GgufMetadata gguf(String key, GgufValue value) {
    Path file = folder.resolve("keys.gguf");
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", GgufValue.string("qwen3"));
    metadata.put(key, value);
    try (GgufWriter writer = GgufWriter.create(file, metadata, List.of(), true)) {
      writer.finish();
    }
    try (GgufFile open = GgufFile.open(file)) {
      return open.metadata();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, MEAN", "2, FIRST", "3, LAST"})
  void ggufPoolingTypes(int type, Pooling pooling) {
    assertThat(PoolingDefault.ofGguf(gguf("qwen3.pooling_type", GgufValue.u32(type)))).contains(pooling);
  }

  @Test
  void ggufWithoutPoolingOrWithAnother() {
    assertThat(PoolingDefault.ofGguf(gguf("llama.pooling_type", GgufValue.u32(3)))).isEmpty();
    assertThat(PoolingDefault.ofGguf(gguf("qwen3.pooling_type", GgufValue.u32(0)))).isEmpty();
    assertThatThrownBy(() -> PoolingDefault.ofGguf(gguf("qwen3.pooling_type", GgufValue.u32(4)))).hasMessageContaining("found 4").hasMessageContaining("reranker");
    PoolingDefault.requireCausal(gguf("qwen3.attention.causal", GgufValue.bool(true)));
    assertThatThrownBy(() -> PoolingDefault.requireCausal(gguf("qwen3.attention.causal", GgufValue.bool(false)))).hasMessageContaining("attention.causal");
  }
}
