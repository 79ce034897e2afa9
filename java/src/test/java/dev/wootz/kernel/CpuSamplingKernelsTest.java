package dev.wootz.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.kernel.SamplingKernels.Distribution;
import dev.wootz.kernel.SamplingKernels.Sampler;
import dev.wootz.kernel.SamplingKernels.Settings;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CpuSamplingKernelsTest {
  private static final SamplingKernels SAMPLING = CpuSamplingKernels.get();
  private static final Settings PLAIN = new Settings(1, 0, 1, 0, 1, 0, 0);

  /** Ids and probabilities of Hugging Face's processors; where probabilities tie at the cut, which of the tied are kept is left to the sort. */
  @TestFactory
  Stream<DynamicTest> keepsWhatHuggingFaceKeeps() throws IOException {
    JsonNode golden;
    try (InputStream json = CpuSamplingKernelsTest.class.getResourceAsStream("/golden/ops/sampling.json")) {
      golden = new ObjectMapper().readTree(json);
    }
    int[] history = StreamSupport.stream(golden.get("history").spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    return StreamSupport.stream(golden.get("cases").spliterator(), false)
        .map(
            example -> {
              String row = example.get("logits").asText();
              return DynamicTest.dynamicTest(
                  row + " " + example.get("config"), () -> check(example, floats(golden.get("logits").get(row)), history));
            });
  }

  private static void check(JsonNode example, float[] logits, int[] history) {
    Distribution found = distribution(settings(example.get("config")), logits, history);
    double[] expected = new double[logits.length];
    for (int i = 0; i < example.get("probs").size(); i++) {
      expected[example.get("ids").get(i).asInt()] = example.get("probs").get(i).asDouble();
    }
    assertThat(found.ids()).hasSize(example.get("kept").asInt()).hasSameSizeAs(found.probabilities());
    JsonNode top = example.get("top5");
    for (int i = 0; i < top.size(); i++) {
      double probability = top.get(i).get(1).asDouble();
      assertThat((double) found.probabilities()[i]).isCloseTo(probability, within(1e-6 * probability));
    }
    boolean ties = Arrays.stream(expected).filter(p -> p > 0).distinct().count() < example.get("probs").size();
    if (example.get("probs").isEmpty()) {
      return;
    }
    if (!ties && example.get("kept").asInt() > 1) {
      int[] ids = StreamSupport.stream(example.get("ids").spliterator(), false).mapToInt(JsonNode::asInt).toArray();
      assertThat(found.ids()).containsExactlyInAnyOrder(ids);
      for (int i = 0; i < ids.length; i++) {
        double probability = expected[found.ids()[i]];
        assertThat((double) found.probabilities()[i]).isCloseTo(probability, within(1e-6 * probability));
      }
    }
    double[] sorted = Arrays.stream(expected).filter(p -> p > 0).sorted().toArray();
    for (int i = 0; i < sorted.length; i++) {
      double probability = sorted[sorted.length - 1 - i];
      assertThat((double) found.probabilities()[i]).isCloseTo(probability, within(1e-6 * probability));
    }
  }

  private static Settings settings(JsonNode config) {
    return new Settings(
        (float) config.path("temperature").asDouble(1),
        config.path("top_k").asInt(0),
        (float) config.path("top_p").asDouble(1),
        (float) config.path("min_p").asDouble(0),
        (float) config.path("repetition_penalty").asDouble(1),
        0,
        0);
  }

  private static Distribution distribution(Settings settings, float[] logits, int... history) {
    Tensor row = Tensor.of(logits);
    Tensor tokens = ints(history);
    try (Sampler sampler = SAMPLING.sampler(settings, new int[0], new float[0], logits.length)) {
      sampler.tokens(tokens, history.length, history.length);
      return SAMPLING.distribution(sampler, row);
    } finally {
      row.memory().close();
      tokens.memory().close();
    }
  }

  @Test
  void drawsFollowTheDistribution() {
    Tensor logits = Tensor.of(1, 2, 2, Float.NEGATIVE_INFINITY, 0);
    try (Sampler sampler = SAMPLING.sampler(PLAIN, new int[0], new float[0], 5)) {
      Distribution all = SAMPLING.distribution(sampler, logits);
      assertThat(all.ids()).containsExactly(1, 2, 0, 4);
      double before = 0;
      for (int i = 0; i < 4; i++) {
        float[] logprob = new float[1];
        assertThat(SAMPLING.sample(sampler, logits, before + all.probabilities()[i] / 2, logprob)).isEqualTo(all.ids()[i]);
        assertThat(logprob[0]).isCloseTo((float) Math.log(all.probabilities()[i]), within(1e-6f));
        before += all.probabilities()[i];
      }
    } finally {
      logits.memory().close();
    }
  }

  @Test
  void penaltiesSeeTheRightTokens() {
    Tensor logits = Tensor.of(1, 1, 1, 1);
    Tensor tokens = ints(0, 1, 1, 2);
    Settings settings = new Settings(1, 0, 1, 0, 1, 0.5f, 0.25f);
    try (Sampler sampler = SAMPLING.sampler(settings, new int[] {3}, new float[] {-10}, 4)) {
      sampler.tokens(tokens, 1, 3);
      assertThat(SAMPLING.distribution(sampler, logits).ids()).containsExactly(0, 2, 1, 3);
      sampler.tokens(tokens, 1, 4);
      assertThat(SAMPLING.distribution(sampler, logits).ids()).containsExactly(0, 2, 1, 3);
      sampler.tokens(tokens, 3, 4);
      assertThat(SAMPLING.distribution(sampler, logits).ids()).containsExactly(0, 1, 2, 3);
      Tensor mask = ints(0b0110);
      sampler.mask(mask);
      assertThat(SAMPLING.distribution(sampler, logits).ids()).containsExactly(1, 2);
      sampler.mask(null);
      mask.memory().close();
      assertThat(SAMPLING.distribution(sampler, logits).ids()).hasSize(4);
    } finally {
      logits.memory().close();
      tokens.memory().close();
    }
  }

  @Test
  void topAndLogprobs() {
    Tensor logits = Tensor.of(0, 3, 1, 3, 2, 0, 0, 0);
    Tensor rows = Tensor.over(logits.memory(), DType.F32, 2, 4);
    Tensor ids = ints(1, 3);
    Tensor out = Tensor.of(0, 0);
    try {
      Distribution top = SAMPLING.top(logits.flat(0, 4), 3);
      assertThat(top.ids()).containsExactly(1, 3, 2);
      SAMPLING.logprobs(out, rows, ids, 2, null);
      assertThat(out.toFloats()[0]).isEqualTo(top.probabilities()[0]).isCloseTo((float) -Math.log(2 + Math.exp(-2) + Math.exp(-3)), within(1e-6f));
      assertThat(out.toFloats()[1]).isCloseTo((float) -Math.log(Math.exp(2) + 3), within(1e-6f));
    } finally {
      for (Tensor tensor : new Tensor[] {logits, ids, out}) {
        tensor.memory().close();
      }
    }
  }

  @Test
  void refuses() {
    Tensor logits = Tensor.of(1, Float.NaN);
    Settings cold = new Settings(-1, 0, 1, 0, 1, 0, 0);
    try (Sampler plain = SAMPLING.sampler(PLAIN, new int[0], new float[0], 2);
        Sampler wrong = SAMPLING.sampler(cold, new int[0], new float[0], 1);
        Sampler large = SAMPLING.sampler(PLAIN, new int[0], new float[0], 3)) {
      assertThatThrownBy(() -> SAMPLING.distribution(plain, logits)).isInstanceOf(KernelException.class).hasMessageContaining("logits[1]: found NaN");
      assertThatThrownBy(() -> SAMPLING.sample(wrong, logits, 0, new float[1])).hasMessageContaining("temperature: found -1");
      assertThatThrownBy(() -> SAMPLING.sample(large, logits, 0, new float[1])).hasMessageContaining("logits has 2 elements, expected 3");
      assertThatThrownBy(() -> plain.tokens(logits, 0, 3)).hasMessageContaining("tokens has 2");
      assertThatThrownBy(() -> SAMPLING.sampler(PLAIN, new int[1], new float[0], 3)).hasMessageContaining("bias");
    } finally {
      logits.memory().close();
    }
  }

  private static float[] floats(JsonNode values) {
    float[] result = new float[values.size()];
    IntStream.range(0, result.length)
        .forEach(i -> result[i] = values.get(i).isNull() ? Float.NEGATIVE_INFINITY : (float) values.get(i).asDouble());
    return result;
  }

  private static Tensor ints(int... values) {
    Memory memory = Memory.allocate(4L * values.length);
    Tensor tensor = Tensor.over(memory, DType.I32, values.length);
    IntBuffer buffer = tensor.buffer().asIntBuffer();
    buffer.put(values);
    return tensor;
  }
}
