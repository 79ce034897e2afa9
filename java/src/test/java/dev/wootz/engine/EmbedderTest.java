package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.engine.GoldenModels.Expected;
import dev.wootz.format.FormatException;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.format.TensorFile;
import dev.wootz.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Vectors of texts: against the hidden states of Transformers, and each as if it were alone. */
class EmbedderTest {
  private static final Path BASE = Path.of("examples/forgetting/base");
  private static final EmbeddingOptions PLAIN = EmbeddingOptions.defaults().withNormalize(false);

  @TempDir private Path folder;

  static List<Path> models() {
    return GoldenModels.all();
  }

  private static float[] pooled(float[] states, int hidden, Pooling pooling) {
    int tokens = states.length / hidden;
    int from = pooling == Pooling.LAST ? tokens - 1 : 0;
    int to = pooling == Pooling.FIRST ? 1 : tokens;
    float[] mean = new float[hidden];
    for (int c = 0; c < hidden; c++) {
      double sum = 0;
      for (int t = from; t < to; t++) {
        sum += states[t * hidden + c];
      }
      mean[c] = (float) (sum / (to - from));
    }
    return mean;
  }

  private static double length(float[] vector) {
    double squares = 0;
    for (float v : vector) {
      squares += (double) v * v;
    }
    return Math.sqrt(squares);
  }

  @ParameterizedTest
  @MethodSource("models")
  void poolsTheHiddenStatesOfTransformers(Path golden) {
    try (Model model = Model.load(golden);
        Expected expected = new Expected(golden)) {
      int hidden = model.config().hidden();
      float[] states = expected.floats("act.final_norm");
      int[] prompt = expected.ints("prompt.1");
      for (Pooling pooling : Pooling.values()) {
        float[] truth = pooled(states, hidden, pooling);
        try (Embedder plain = model.embedder(PLAIN.withPooling(pooling));
            Embedder unit = model.embedder(EmbeddingOptions.defaults().withPooling(pooling).withDimensions(hidden / 2))) {
          assertThat(plain.embedIds(List.of(prompt)).get(0)).as("" + pooling).containsExactly(truth, within(1e-4f));
          float[] half = unit.embedIds(List.of(prompt)).get(0);
          assertThat(half).hasSize(hidden / 2);
          assertThat(length(half)).isCloseTo(1, within(1e-6));
          double scale = length(java.util.Arrays.copyOf(truth, hidden / 2));
          for (int c = 0; c < half.length; c++) {
            assertThat((double) half[c]).isCloseTo(truth[c] / scale, within(1e-4 / scale));
          }
        }
      }
    }
  }

  /** Texts of lengths that cross pages, steps and the number of sequences of a step, beside each other and alone, in chunks of any size. */
  @ParameterizedTest
  @EnumSource(Pooling.class)
  void manyTogetherHaveTheBitsOfEachAlone(Pooling pooling) {
    SplittableRandom random = new SplittableRandom(5);
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      sequences.add(random.ints(i % 10 == 0 ? 1 + random.nextInt(500) : 1 + random.nextInt(9), 0, 512).toArray());
    }
    List<float[]> alone = new ArrayList<>();
    try (Model model = Model.load(BASE);
        Embedder embedder = model.embedder(EmbeddingOptions.defaults().withPooling(pooling))) {
      sequences.forEach(ids -> alone.add(embedder.embedIds(List.of(ids)).get(0)));
      assertThat(alone.get(0)).isNotEqualTo(alone.get(1));
    }
    for (int chunk : new int[] {512, 100, 7}) {
      try (Model model = Model.load(BASE, LoadOptions.defaults().withChunk(chunk).withThreads(1 + chunk % 3));
          Embedder embedder = model.embedder(EmbeddingOptions.defaults().withPooling(pooling))) {
        List<float[]> together = embedder.embedIds(sequences);
        assertThat(together).hasSameSizeAs(alone);
        for (int i = 0; i < alone.size(); i++) {
          assertThat(together.get(i)).as("sequence " + i + ", chunk " + chunk).containsExactly(alone.get(i));
        }
      }
    }
  }

  @Test
  void textsGoThroughTheTokenizer() {
    try (Model model = Model.load(BASE)) {
      int[] ids = model.tokenizer().encode("Once upon a time", true, true);
      assertThat(ids[0]).isEqualTo(1);
      try (Embedder embedder = model.embedder();
          Embedder instructed = model.embedder(EmbeddingOptions.defaults().withInstruction("Once upon"))) {
        // This tokenizer puts nothing after a text, and no file says how to pool.
        assertThat(embedder.pooling()).isEqualTo(Pooling.MEAN);
        assertThat(embedder.dimensions()).isEqualTo(64);
        assertThat(model.embed("Once upon a time")).containsExactly(embedder.embedIds(List.of(ids)).get(0));
        assertThat(instructed.embed(" a time")).containsExactly(model.embed("Once upon a time"));
        assertThat(model.embed(List.of("a", "b")).get(1)).containsExactly(model.embed("b"));
        assertThat(model.embed(List.of())).isEmpty();
      }
    }
  }

  @Test
  void longTextsAreRefusedOrCut() throws IOException {
    String text = "Once upon a time there was a dog. ".repeat(10);
    Path model = copy();
    Path config = model.resolve("tokenizer_config.json");
    Files.writeString(config, Files.readString(config).replace("\"add_eos_token\": false", "\"add_eos_token\": true"));
    try (Model loaded = Model.load(model, LoadOptions.defaults().withContext(20));
        Embedder strict = loaded.embedder();
        Embedder cutting = loaded.embedder(EmbeddingOptions.defaults().withTruncate(true))) {
      assertThat(strict.pooling()).as("a tokenizer that puts an end token after a text").isEqualTo(Pooling.LAST);
      assertThatThrownBy(() -> strict.embed(text)).isInstanceOf(ContextFullException.class).hasMessageContaining("holds 20").hasMessageContaining("truncate");
      assertThatThrownBy(() -> strict.embedIds(List.of(new int[21]))).isInstanceOf(ContextFullException.class);
      int[] ids = cutting.ids(text);
      assertThat(ids).hasSize(20).startsWith(1).endsWith(2);
      assertThat(ids).startsWith(java.util.Arrays.copyOf(loaded.tokenizer().encode(text, true, true), 19));
      assertThat(cutting.embed(text)).containsExactly(strict.embedIds(List.of(ids)).get(0));
    }
  }

  @Test
  void badInput() {
    try (Model model = Model.load(BASE)) {
      assertThatThrownBy(() -> model.embedder(PLAIN.withDimensions(65))).hasMessageContaining("65").hasMessageContaining("64");
      assertThatThrownBy(() -> PLAIN.withDimensions(-1)).hasMessageContaining("-1");
      Embedder embedder = model.embedder();
      assertThatThrownBy(() -> embedder.embedIds(List.of(new int[] {1}, new int[0]))).hasMessageContaining("empty");
      assertThatThrownBy(() -> embedder.embedIds(List.of(new int[] {1, 512}))).hasMessageContaining("ids[1]").hasMessageContaining("512");
      assertThatThrownBy(() -> embedder.embedIds(List.of(new int[] {-1}))).hasMessageContaining("-1");
      assertThat(embedder.embed("still well")).hasSize(64);
      embedder.close();
      embedder.close();
      assertThatThrownBy(() -> embedder.embed("x")).isInstanceOf(IllegalStateException.class);
    }
    try (Model model = Model.load(GoldenModels.carried().resolve("qwen3-tiny"))) {
      assertThatThrownBy(() -> model.embed("text")).isInstanceOf(FormatException.class).hasMessageContaining("tokenizer");
    }
  }

  /** Embedding models are saved without "model." before the names of tensors, and without an output matrix. */
  @Test
  void aDecoderSavedAloneEmbedsAndDoesNotGenerate() throws IOException {
    Path golden = GoldenModels.carried().resolve("qwen3-tiny");
    String config = Files.readString(golden.resolve("config.json"));
    Files.writeString(folder.resolve("config.json"), config.replaceAll("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
    try (SafetensorsFile file = SafetensorsFile.open(golden.resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.tensors().keySet().forEach(name -> tensors.put(name.substring("model.".length()), file.map(name)));
      TensorFile.write(folder.resolve("model.safetensors"), tensors);
    }
    List<int[]> ids = List.of(new int[] {3, 1, 4, 1, 5});
    try (Model whole = Model.load(golden);
        Model alone = Model.load(folder);
        Embedder one = whole.embedder();
        Embedder other = alone.embedder()) {
      assertThat(other.embedIds(ids).get(0)).containsExactly(one.embedIds(ids).get(0));
      assertThatThrownBy(() -> alone.generate(ids.get(0), GenerationRequest.defaults(), GenerationListener.NONE))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("lm_head.weight")
          .hasMessageContaining("output matrix");
    }
  }

  @Test
  void theFolderSaysWhatIsPooledAndWhatIsNotComputedIsRefused() throws IOException {
    Path path = copy();
    Files.createDirectories(path.resolve("1_Pooling"));
    Files.writeString(path.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true, \"include_prompt\": false}");
    try (Model model = Model.load(path)) {
      try (Embedder embedder = model.embedder(EmbeddingOptions.defaults())) {
        assertThat(embedder.pooling()).isEqualTo(Pooling.FIRST);
      }
      EmbeddingOptions mean = EmbeddingOptions.defaults().withPooling(Pooling.MEAN);
      try (Embedder embedder = model.embedder(mean)) {
        assertThat(embedder.pooling()).isEqualTo(Pooling.MEAN);
      }
      assertThatThrownBy(() -> model.embedder(mean.withInstruction("Find: "))).isInstanceOf(FormatException.class).hasMessageContaining("include_prompt");
      Files.writeString(path.resolve("modules.json"), "[{\"type\": \"sentence_transformers.models.Dense\"}]");
      for (EmbeddingOptions options : List.of(EmbeddingOptions.defaults(), mean)) {
        assertThatThrownBy(() -> model.embedder(options)).isInstanceOf(FormatException.class).hasMessageContaining("Dense");
      }
    }
    Path config = path.resolve("config.json");
    Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"is_causal\": false,"));
    assertThatThrownBy(() -> Model.load(path)).isInstanceOf(FormatException.class).hasMessageContaining("is_causal").hasMessageContaining("false");
  }

  private Path copy() throws IOException {
    Path target = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(BASE.resolve(name), target.resolve(name));
    }
    return target;
  }
}
