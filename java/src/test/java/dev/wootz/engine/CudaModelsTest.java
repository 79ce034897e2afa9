package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wootz.engine.GoldenModels.Expected;
import dev.wootz.kernel.CudaDevice;
import dev.wootz.kernel.Device;
import dev.wootz.kernel.OutOfDeviceMemoryException;
import dev.wootz.model.Probe;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models on a CUDA device beside the same models on the processor. Short, for the device may be the one in software. */
@Tag("cuda")
class CudaModelsTest {
  private static final LoadOptions SMALL = LoadOptions.defaults().withContext(256).withChunk(24).withThreads(1);
  private static final int TOKENS = 6;

  @BeforeAll
  static void device() {
    assumeTrue(CudaDevice.find().isPresent(), CudaDevice::whyNone);
  }

  private static LoadOptions cuda() {
    return SMALL.withDevice(Device.cuda(0));
  }

  private static Path carried(String name) {
    return GoldenModels.carried().resolve(name);
  }

  static List<Path> models() {
    List<Path> models = new ArrayList<>(List.of(carried("qwen3-tiny"), carried("qwen3-moe")));
    for (String name : new String[] {"llama-tiny", "qwen3-untied-sharded"}) {
      GoldenModels.shared("golden/models/" + name).ifPresent(models::add);
    }
    return models;
  }

  private static GenerationRequest tokens(int count) {
    return GenerationRequest.defaults().withMaxTokens(count).withIgnoreEnd(true);
  }

  /** A prompt's greedy continuation, longer than it takes to record a step and launch the recording. */
  @ParameterizedTest
  @MethodSource("models")
  void greedyTokens(Path folder) {
    try (Model model = Model.load(folder, cuda());
        Expected expected = new Expected(folder)) {
      int[] ids = Arrays.copyOf(expected.ints("greedy.ids"), TOKENS);
      assertThat(model.generate(expected.ints("prompt.1"), tokens(TOKENS), GenerationListener.NONE).ids()).isEqualTo(ids);
    }
  }

  /** Quantized weights, packed on the device, and caches of every type. */
  @ParameterizedTest
  @ValueSource(strings = {"q8_0", "q4_0", "q4_k_m"})
  void quantizedWeights(String type) {
    Path file = GoldenModels.shared("golden/gguf/qwen3-k256-" + type + ".gguf").orElse(null);
    assumeTrue(file != null, "no shared models");
    int[] prompt = {5, 99, 300, 17};
    for (DType cache : new DType[] {DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.F8_E4M3}) {
      if (type.equals("q8_0") || cache == DType.F16) {
        close(logits(file, SMALL.withCacheType(cache), prompt), logits(file, cuda().withCacheType(cache), prompt), tolerance(cache));
      }
    }
  }

  /** Relative to the largest logit. Rounding a key to fewer bits can go either way when sums before it differ in their last bits. */
  private static double tolerance(DType cache) {
    return switch (cache) {
      case F32 -> 1e-4;
      case F16, Q8_0 -> 1e-2;
      default -> 6e-2;
    };
  }

  private static float[] logits(Path path, LoadOptions options, int[] prompt) {
    try (Model model = Model.load(path, options);
        Session session = model.session()) {
      session.append(prompt);
      return session.logits().toFloats();
    }
  }

  private static void close(float[] expected, float[] found, double tolerance) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Double.isNaN(found[i]) ? Double.POSITIVE_INFINITY : Math.max(worst, Math.abs((double) expected[i] - found[i]));
    }
    assertThat(worst).isLessThanOrEqualTo(tolerance * largest);
  }

  /** Several at a time, which share a beginning, in steps of a few tokens: each with the bits that it has alone. */
  @Test
  void everyRequestOfABatchAsAlone() {
    int[] beginning = new int[70];
    Arrays.setAll(beginning, i -> 3 + i * 7 % 400);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int[] prompt = Arrays.copyOf(beginning, 66 + i);
      prompt[65] = 100 + i;
      prompts.add(prompt);
    }
    try (Model model = Model.load(carried("qwen3-tiny"), cuda());
        Engine engine = model.engine(EngineOptions.defaults().withSequences(3).withCacheTokens(12 * 64))) {
      List<Answer> answers = prompts.stream().map(prompt -> engine.submit(prompt, tokens(TOKENS), GenerationListener.NONE)).toList();
      for (int i = 0; i < prompts.size(); i++) {
        Generation alone = model.generate(prompts.get(i), tokens(TOKENS), GenerationListener.NONE);
        assertThat(answers.get(i).get().tokens()).isEqualTo(alone.tokens());
      }
    }
  }

  /** Cutting tokens out of the midst turns the keys after it, on the device as on the processor; going back exactly forgets it. */
  @Test
  void editsOfASequence() {
    int[] prompt = new int[150];
    Arrays.setAll(prompt, i -> 3 + i * 11 % 400);
    List<int[]> shifted = new ArrayList<>();
    List<int[]> exact = new ArrayList<>();
    for (LoadOptions options : new LoadOptions[] {SMALL, cuda()}) {
      try (Model model = Model.load(carried("qwen3-tiny"), options);
          Engine engine = model.engine(EngineOptions.defaults().withSequences(2).withCacheTokens(16 * 64));
          Sequence sequence = engine.sequence()) {
        sequence.append(prompt);
        EditReport report = sequence.edit(Edit.cut(20, 50).shifted().withRepair(4));
        assertThat(report.shifted()).isPositive();
        shifted.add(sequence.generate(new int[] {9}, tokens(TOKENS), GenerationListener.NONE).get().ids());
        sequence.awaitExact();
        sequence.rewind(100);
        exact.add(sequence.generate(new int[] {9}, tokens(TOKENS), GenerationListener.NONE).get().ids());
      }
    }
    assertThat(shifted.get(1)).isEqualTo(shifted.get(0));
    assertThat(exact.get(1)).isEqualTo(exact.get(0));
  }

  @Test
  void hiddenStatesAndProbes() {
    List<float[]> seen = new ArrayList<>();
    List<float[]> embedded = new ArrayList<>();
    for (LoadOptions options : new LoadOptions[] {SMALL, cuda()}) {
      try (Model model = Model.load(carried("qwen3-tiny"), options);
          Embedder embedder = model.embedder(EmbeddingOptions.defaults().withPooling(Pooling.LAST))) {
        embedded.addAll(embedder.embedIds(List.of(new int[] {4, 8, 15}, new int[] {16, 23})));
        Probe last = (name, layer, activation, rows, cols) -> {
          if (name.equals("final_norm")) {
            seen.add(Arrays.copyOf(activation.toFloats(), cols));
          }
        };
        try (Session session = model.session(last)) {
          session.append(4, 8, 15);
        }
      }
    }
    close(seen.get(0), seen.get(1), 1e-4);
    close(embedded.get(0), embedded.get(2), 1e-4);
    close(embedded.get(1), embedded.get(3), 1e-4);
  }

  /** More than the device has: an exception that says so, nothing lost, nothing leaked. */
  @Test
  void outOfDeviceMemory() {
    try (Model model = Model.load(carried("qwen3-tiny"), cuda());
        Engine engine = model.engine(EngineOptions.defaults().withSequences(1).withCacheTokens(128))) {
      int[] prompt = {5, 99, 300};
      int[] before = engine.submit(prompt, tokens(2), GenerationListener.NONE).get().ids();
      long live = Memory.liveBytes();
      long tooMany = CudaDevice.find().orElseThrow().memory() / 64;
      assertThatThrownBy(() -> model.engine(EngineOptions.defaults().withCacheTokens(tooMany)))
          .isInstanceOf(OutOfDeviceMemoryException.class)
          .hasMessageContaining("memory");
      assertThat(Memory.liveBytes()).isEqualTo(live);
      assertThat(engine.submit(prompt, tokens(2), GenerationListener.NONE).get().ids()).isEqualTo(before);
    }
  }

  @Test
  void whatIsClosedThrows() {
    long before = Memory.liveBytes();
    Session session;
    try (Model model = Model.load(carried("qwen3-tiny"), cuda())) {
      session = model.session();
      session.append(5, 99);
      session.close();
      assertThatThrownBy(() -> session.append(7)).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }
}
