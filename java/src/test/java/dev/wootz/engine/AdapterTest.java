package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.GoldenModels.Expected;
import dev.wootz.format.JsonFiles;
import dev.wootz.model.Activations;
import dev.wootz.model.convert.Conversion;
import dev.wootz.model.convert.QuantizationMix;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jspecify.annotations.Nullable;

/** LoRA adapters in a session: against PEFT, and against models into which they were merged. */
class AdapterTest {
  private static final Path BASE = Path.of("examples/forgetting/base");
  private static final float TOLERANCE = 1e-4f;
  private static final int[] PROMPT = new SplittableRandom(5).ints(40, 3, 500).toArray();

  @TempDir Path folder;

  static float[] logits(Model model, @Nullable Adapter adapter, int[] ids) {
    int vocabulary = model.config().vocabulary();
    float[] all = new float[ids.length * vocabulary];
    try (Session session = model.session()) {
      session.under(adapter);
      session.score(
          ids,
          (position, logits, row) ->
              System.arraycopy(logits.flat((long) row * vocabulary, vocabulary).toFloats(), 0, all, position * vocabulary, vocabulary));
    }
    return all;
  }

  static float distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    float worst = 0;
    for (int i = 0; i < a.length; i++) {
      float d = Math.abs(a[i] - b[i]);
      worst = d <= worst ? worst : d; // a NaN stays
    }
    return worst;
  }

  private static Path golden() {
    return GoldenModels.carried().resolveSibling("lora");
  }

  @Test
  void logitsOfPeft() throws IOException {
    ObjectNode config = JsonFiles.read(golden().resolve("adapter_config.json"));
    Files.copy(golden().resolve("adapter_model.safetensors"), folder.resolve("adapter_model.safetensors"));
    JsonFiles.write(folder.resolve("adapter_config.json"), config.put("use_rslora", true));
    try (Model model = Model.load(GoldenModels.carried().resolve("qwen3-tiny"));
        Adapter plain = model.adapter(golden());
        Adapter stabilised = model.adapter(folder);
        Expected expected = new Expected(golden())) {
      int[] prompt = expected.ints("prompt");
      assertThat(distance(expected.floats("logits_lora"), expected.floats("logits_base"))).isGreaterThan(0.1f);
      assertThat(distance(logits(model, null, prompt), expected.floats("logits_base"))).isLessThan(TOLERANCE);
      assertThat(distance(logits(model, plain, prompt), expected.floats("logits_lora"))).isLessThan(TOLERANCE);
      assertThat(distance(logits(model, stabilised, prompt), expected.floats("logits_rslora"))).isLessThan(TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void theMergedModelWithPatternsOfRankAndAlpha(DType type) throws IOException {
    // Other ranks than r, one of them above the width of the model, and modules without any.
    RandomAdapter made = new RandomAdapter(BASE, 1, m -> m.contains("layers.2.") ? 0 : m.endsWith("q_proj") ? 1 : m.endsWith("3.mlp.down_proj") ? 70 : 4);
    made.config.putObject("rank_pattern").put("q_proj", 1).put("layers\\.3\\.mlp\\.down_proj", 70);
    made.config.putObject("alpha_pattern").put("v_proj", 3);
    Path merged = made.merged(BASE, folder.resolve("merged"), m -> m.endsWith("q_proj") ? 8 : m.endsWith("v_proj") ? 0.75 : m.endsWith("3.mlp.down_proj") ? 8.0 / 70 : 2);
    try (Model model = Model.load(BASE);
        Model other = Model.load(merged);
        Adapter adapter = model.adapter(made.write(folder.resolve("adapter"), type))) {
      assertThat(distance(logits(model, adapter, PROMPT), logits(other, null, PROMPT))).isLessThan(TOLERANCE);
      assertThat(distance(logits(model, adapter, PROMPT), logits(model, null, PROMPT))).isGreaterThan(0.1f);
    }
  }

  @Test
  void besideQuantizedWeights() throws IOException {
    // The same numbers as a float model: those that the blocks stand for.
    Path gguf = folder.resolve("q8.gguf");
    Conversion.of(BASE).toGguf(gguf, QuantizationMix.named("q8_0").orElseThrow());
    Path floats = folder.resolve("floats");
    Conversion.of(gguf).toHuggingFace(floats, DType.F32);
    RandomAdapter made = new RandomAdapter(floats, 2, m -> 4);
    Path merged = made.merged(floats, folder.resolve("merged"), m -> 2);
    Path files = made.write(folder.resolve("adapter"), DType.F32);
    try (Model quantized = Model.load(gguf, LoadOptions.defaults().withActivations(Activations.FLOAT32));
        Model packed = Model.load(gguf, LoadOptions.defaults().withCacheType(DType.F32));
        Model other = Model.load(merged);
        Adapter adapter = quantized.adapter(files);
        Adapter ofPacked = packed.adapter(files)) {
      float[] expected = logits(other, null, PROMPT);
      // GGUF has the rows of queries and keys in another order than the adapter.
      assertThat(distance(logits(quantized, adapter, PROMPT), expected)).isLessThan(TOLERANCE);
      float rounding = distance(logits(packed, null, PROMPT), logits(quantized, null, PROMPT));
      assertThat(rounding).isPositive();
      assertThat(distance(logits(packed, ofPacked, PROMPT), expected)).isLessThan(8 * rounding + TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 33})
  void bitsDoNotDependOnChunksOrThreads(int chunk) {
    Path files = new RandomAdapter(BASE, 3, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model whole = Model.load(BASE, LoadOptions.defaults().withChunk(64));
        Model cut = Model.load(BASE, LoadOptions.defaults().withChunk(chunk).withThreads(1));
        Adapter one = whole.adapter(files);
        Adapter two = cut.adapter(files)) {
      assertThat(logits(cut, two, PROMPT)).isEqualTo(logits(whole, one, PROMPT));
    }
  }

  @Test
  void aProductOfZeroChangesNoBit() {
    RandomAdapter made = new RandomAdapter(BASE, 4, m -> 4);
    made.config.put("lora_alpha", 0);
    try (Model model = Model.load(BASE);
        Adapter adapter = model.adapter(made.write(folder.resolve("adapter"), DType.F32))) {
      assertThat(logits(model, adapter, PROMPT)).isEqualTo(logits(model, null, PROMPT));
    }
  }

  @Test
  void aSessionKeepsToItsAdapter() {
    Path files = new RandomAdapter(BASE, 5, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE);
        Adapter adapter = model.adapter(files);
        Session session = model.session()) {
      session.append(PROMPT);
      float[] plain = session.logits().toFloats();
      assertThatThrownBy(() -> session.under(adapter)).isInstanceOf(IllegalStateException.class).hasMessageContaining("40 tokens under no adapter");
      GenerationRequest request = GenerationRequest.defaults().withAdapter(adapter);
      assertThatThrownBy(() -> model.generate(session, new int[] {5}, request, GenerationListener.NONE)).hasMessageContaining("rewind(0)");
      session.rewind(0);
      session.under(adapter);
      session.append(PROMPT);
      assertThat(distance(session.logits().toFloats(), plain)).isGreaterThan(0.1f);
      assertThatThrownBy(() -> session.under(null)).hasMessageContaining("under the adapter");
    }
  }

  @Test
  void closedAdaptersAreRefusedAndGiveAllMemoryBack() {
    Path files = new RandomAdapter(BASE, 6, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE);
        Session session = model.session()) {
      session.append(3);
      session.rewind(0);
      long before = Memory.liveBytes();
      Adapter adapter = model.adapter(files);
      session.under(adapter);
      session.append(PROMPT);
      adapter.close();
      adapter.close();
      assertThat(Memory.liveBytes()).isEqualTo(before);
      assertThatThrownBy(() -> session.append(5)).isInstanceOf(AdapterClosedException.class).hasMessageContaining("adapter has been closed");
      assertThat(session.length()).isEqualTo(PROMPT.length);
      session.rewind(0);
      session.under(null);
      session.append(PROMPT);
      assertThat(distance(session.logits().toFloats(), Arrays.copyOfRange(
              logits(model, null, PROMPT), (PROMPT.length - 1) * 512, PROMPT.length * 512))).isZero();
    }
  }

  @Test
  void aSessionThatClosesGivesWhatItPreparedBack() {
    Path files = new RandomAdapter(BASE, 7, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE);
        Adapter adapter = model.adapter(files)) {
      long before = Memory.liveBytes();
      logits(model, adapter, PROMPT);
      assertThat(Memory.liveBytes()).isEqualTo(before);
    }
  }

  @Test
  void closingInTheMidstOfStepsEndsThemWithAnException() throws Exception {
    Path files = new RandomAdapter(BASE, 9, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE, LoadOptions.defaults().withThreads(1))) {
      long before = Memory.liveBytes();
      for (int round = 0; round < 30; round++) {
        Adapter adapter = model.adapter(files);
        CountDownLatch began = new CountDownLatch(3);
        List<CompletableFuture<Void>> users = new ArrayList<>();
        for (int user = 0; user < 3; user++) {
          users.add(
              CompletableFuture.runAsync(
                  () -> {
                    try (Session session = model.session()) {
                      session.under(adapter);
                      for (; ; ) {
                        session.append(5);
                        began.countDown();
                        session.rewind(0);
                      }
                    }
                  }));
        }
        began.await();
        adapter.close();
        for (CompletableFuture<Void> user : users) {
          assertThatThrownBy(user::join).hasRootCauseInstanceOf(AdapterClosedException.class);
        }
      }
      assertThat(Memory.liveBytes()).isEqualTo(before);
    }
  }

  @Test
  void aStepAllocatesNoMoreThanOneWithoutAdapters() {
    Path files = new RandomAdapter(BASE, 10, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE, LoadOptions.defaults().withThreads(1));
        Adapter adapter = model.adapter(files);
        Session plain = model.session();
        Session adapted = model.session()) {
      adapted.under(adapter);
      assertThat(allocated(adapted)).isLessThanOrEqualTo(allocated(plain));
    }
  }

  /** Bytes of the Java heap that 100 steps take, at the least of some attempts: the compiler allocates too while it is at work. */
  private static long allocated(Session session) {
    var thread = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 20; attempt++) {
      session.rewind(0);
      session.append(5);
      long before = thread.getThreadAllocatedBytes(id);
      for (int i = 0; i < 100; i++) {
        session.append(7);
      }
      least = Math.min(least, thread.getThreadAllocatedBytes(id) - before);
    }
    return least;
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    Path files = new RandomAdapter(BASE, 8, m -> 4).write(folder.resolve("adapter"), DType.F32);
    try (Model model = Model.load(BASE);
        Model other = Model.load(BASE);
        Adapter adapter = model.adapter(files)) {
      assertThatThrownBy(() -> logits(other, adapter, PROMPT)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("was opened for the model");
      assertThatThrownBy(() -> other.generate(PROMPT, GenerationRequest.defaults().withAdapter(adapter), GenerationListener.NONE))
          .hasMessageContaining("was opened for the model");
    }
  }
}
