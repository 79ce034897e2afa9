package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.wootz.engine.GoldenModels.Expected;
import dev.wootz.model.Activations;
import dev.wootz.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole computation against Transformers and a float64 implementation. Tolerances are those that the reference data states. */
class GoldenModelsTest {
  private static final float TOLERANCE = 1e-4f;

  static List<Path> models() {
    return GoldenModels.all();
  }

  /** Models of the real vocabulary keep a part of their logits only. */
  static List<Path> wholeLogits() {
    return models().stream().filter(folder -> !folder.endsWith("qwen3-realvocab")).toList();
  }

  private static float[] scored(Session session, int[] prompt, int vocabulary) {
    float[] all = new float[prompt.length * vocabulary];
    session.rewind(0);
    session.score(prompt, (position, logits, row) -> copy(logits, row, vocabulary, all, position));
    return all;
  }

  private static void copy(Tensor logits, int row, int vocabulary, float[] into, int position) {
    System.arraycopy(logits.flat((long) row * vocabulary, vocabulary).toFloats(), 0, into, position * vocabulary, vocabulary);
  }

  private static void assertClose(String what, float[] found, float[] expected) {
    assertThat(found.length).as(what).isEqualTo(expected.length);
    float worst = 0;
    for (int i = 0; i < found.length; i++) {
      worst = Math.max(worst, Math.abs(found[i] - expected[i]));
    }
    assertThat(worst).as(what + ": largest difference").isLessThan(TOLERANCE);
    assertThat(Arrays.stream(toDoubles(found)).allMatch(Double::isFinite)).as(what).isTrue();
  }

  private static double[] toDoubles(float[] values) {
    double[] result = new double[values.length];
    Arrays.setAll(result, i -> values[i]);
    return result;
  }

  @ParameterizedTest
  @MethodSource("wholeLogits")
  void logitsOfEveryPosition(Path folder) {
    try (Model model = Model.load(folder);
        Expected expected = new Expected(folder);
        Session session = model.session()) {
      int checked = 0;
      for (int i = 0; i < 4; i++) {
        String key = expected.has("logits_f64." + i) ? "logits_f64." + i : "logits." + i;
        if (expected.has(key)) {
          assertClose(key, scored(session, expected.ints("prompt." + i), model.config().vocabulary()), expected.floats(key));
          checked++;
        }
      }
      assertThat(checked).isGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @MethodSource("wholeLogits")
  void oneTokenAfterAnother(Path folder) {
    try (Model model = Model.load(folder);
        Expected expected = new Expected(folder);
        Session session = model.session()) {
      int[] prompt = expected.ints("prompt.2");
      float[] rows = expected.floats("decode.logits");
      int vocabulary = model.config().vocabulary();
      session.append(Arrays.copyOf(prompt, 16));
      for (int i = 0; i < rows.length / vocabulary; i++) {
        assertClose(
            "decode.logits row " + i, session.logits().toFloats(), Arrays.copyOfRange(rows, i * vocabulary, (i + 1) * vocabulary));
        if (16 + i < prompt.length) {
          session.append(prompt[16 + i]);
        }
      }
    }
  }

  /** The same weights in GGUF, where {@code shared} is there. */
  @Test
  void fromGguf() {
    for (String name : List.of("qwen3-tiny", "llama-tiny")) {
      Optional<Path> file = GoldenModels.shared("golden/gguf/" + name + "-f32.gguf");
      Optional<Path> folder = GoldenModels.shared("golden/models/" + name);
      assumeThat(file).as("shared/golden/gguf").isPresent();
      try (Model model = Model.load(file.orElseThrow());
          Expected expected = new Expected(folder.orElseThrow());
          Session session = model.session()) {
        assertClose(name, scored(session, expected.ints("prompt.2"), model.config().vocabulary()), expected.floats("logits_f64.2"));
      }
    }
  }

  /**
   * Block-quantized weights at their exact values, and with 16-bit activations, which are to be no farther from the truth than a fourth of what
   * llama.cpp makes of the same file with its 8 bits. (Most of what is left comes from the bfloat16 cache.)
   */
  @ParameterizedTest
  @CsvSource({"q8_0, Q8_0", "q4_0, Q4_0", "q4_k_m, Q4_K_M"})
  void quantizedWeights(String file, String key) {
    Optional<Path> path = GoldenModels.shared("golden/gguf/qwen3-k256-" + file + ".gguf");
    assumeThat(path).as("shared/golden/gguf").isPresent();
    Path logits = GoldenModels.shared("golden/gguf/qwen3-k256-quant-logits.safetensors").orElseThrow();
    try (Expected expected = new Expected(GoldenModels.shared("golden/models/qwen3-k256").orElseThrow());
        Expected quantized = Expected.of(logits)) {
      float[] truth = quantized.floats("logits_f64." + key);
      float[] llama = quantized.floats("logits_llama_cpp." + key);
      int[] prompt = expected.ints("prompt.2");
      assertClose(key, scoredWith(path.orElseThrow(), Activations.FLOAT32, prompt), truth);
      float[] own = scoredWith(path.orElseThrow(), Activations.INT16, prompt);
      assertThat(largestDifference(own, truth)).as(key + ": largest distance from the exact logits").isLessThan(largestDifference(llama, truth) / 4);
      assertThat(rootMeanSquare(own, truth)).as(key + ": distance from the exact logits").isLessThan(rootMeanSquare(llama, truth) / 4);
    }
  }

  private static float[] scoredWith(Path file, Activations activations, int[] prompt) {
    try (Model model = Model.load(file, LoadOptions.defaults().withActivations(activations));
        Session session = model.session()) {
      return scored(session, prompt, model.config().vocabulary());
    }
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  private static double rootMeanSquare(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum / a.length);
  }

  @ParameterizedTest
  @MethodSource("models")
  void greedyTokens(Path folder) {
    try (Model model = Model.load(folder);
        Expected expected = new Expected(folder)) {
      int[] ids = expected.ints("greedy.ids");
      Generation generation =
          model.generate(
              expected.ints("prompt.1"),
              GenerationRequest.defaults().withMaxTokens(ids.length).withIgnoreEnd(true),
              GenerationListener.NONE);
      assertThat(generation.ids()).isEqualTo(ids);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void logProbabilities(Path folder) {
    try (Model model = Model.load(folder);
        Expected expected = new Expected(folder);
        Session session = model.session()) {
      int[] prompt = expected.ints("prompt.2");
      float[] known = expected.floats("logprob_next.2");
      int vocabulary = model.config().vocabulary();
      session.score(
          prompt,
          (position, logits, row) -> {
            if (position + 1 < prompt.length) {
              float[] own = logits.flat((long) row * vocabulary, vocabulary).toFloats();
              double sum = 0;
              for (float v : own) {
                sum += Math.exp(v);
              }
              assertThat((float) (own[prompt[position + 1]] - Math.log(sum))).isCloseTo(known[position], within(5e-5f));
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void hiddenStates(Path folder) {
    Set<String> seen = new TreeSet<>();
    try (Model model = Model.load(folder);
        Expected expected = new Expected(folder);
        Session session =
            model.session(
                (name, layer, activation, rows, cols) -> {
                  String key = layer < 0 ? "act." + name : name.equals("layer") ? "act.layer." + layer : "act.l" + layer + "." + name;
                  if (expected.has(key)) {
                    seen.add(key);
                    assertClose(key, activation.flat(0, (long) rows * cols).toFloats(), expected.floats(key));
                  }
                })) {
      session.score(expected.ints("prompt.1"), (position, logits, row) -> {});
    }
    assertThat(seen).contains("act.embed", "act.l0.input_norm", "act.l0.q_proj", "act.l0.attn_ctx", "act.l0.post_norm", "act.layer.1", "act.final_norm");
  }

  @ParameterizedTest
  @MethodSource("models")
  void sameBitsWithAnyThreadsAndChunks(Path folder) {
    try (Expected expected = new Expected(folder)) {
      int[] prompt = expected.ints("prompt.2");
      float[] whole = null;
      for (int threads : new int[] {1, 2, 3}) {
        for (int chunk : new int[] {512, 1, 7}) {
          try (Model model = Model.load(folder, LoadOptions.defaults().withThreads(threads).withChunk(chunk));
              Session session = model.session()) {
            session.append(prompt);
            float[] logits = session.logits().toFloats();
            whole = whole == null ? logits : whole;
            assertThat(logits).as(threads + " threads, chunks of " + chunk).containsExactly(whole);
          }
        }
      }
    }
  }
}
