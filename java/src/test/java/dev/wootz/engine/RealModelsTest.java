package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.engine.GoldenModels.Expected;
import dev.wootz.model.Activations;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * SmolLM2-135M-Instruct, a real chat model in Q4_1, against Transformers in float32 and a float64 implementation on the same weights. Skipped where
 * {@code shared/models} is not beside the project.
 */
class RealModelsTest {
  private static final String FOLDER = "models/smollm2-135m-instruct";

  private static Path folder() {
    Optional<Path> folder = GoldenModels.shared(FOLDER);
    assumeThat(folder).as("shared/" + FOLDER).isPresent();
    return folder.orElseThrow();
  }

  private static Model load(Activations activations) {
    return Model.load(folder().resolve("SmolLM2-135M-Instruct.Q4_1.gguf"), LoadOptions.defaults().withActivations(activations));
  }

  private static JsonNode chats() throws IOException {
    return new ObjectMapper().readTree(folder().resolve("golden.json").toFile()).get("chats");
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    Arrays.setAll(values, i -> array.get(i).intValue());
    return values;
  }

  private static Model load(Activations activations, DType cache) {
    return Model.load(
        folder().resolve("SmolLM2-135M-Instruct.Q4_1.gguf"), LoadOptions.defaults().withActivations(activations).withCacheType(cache));
  }

  @Test
  void exactWeightsGiveTheGreedyAnswers() throws IOException {
    assertGreedyAnswers(load(Activations.FLOAT32));
  }

  @Test
  void quantizedActivationsGiveTheGreedyAnswers() throws IOException {
    assertGreedyAnswers(load(Activations.INT16, DType.F16));
  }

  private static void assertGreedyAnswers(Model loaded) throws IOException {
    try (Model model = loaded) {
      for (JsonNode chat : chats()) {
        int[] expected = ints(chat.get("greedy_ids"));
        Generation generation =
            model.generate(ints(chat.get("ids")), GenerationRequest.defaults().withMaxTokens(expected.length), GenerationListener.NONE);
        assertThat(generation.ids()).as("chat " + chat.get("number")).isEqualTo(expected);
      }
    }
  }

  @Test
  void aConversationRendersAndAnswersAsTransformersDoes() throws IOException {
    try (Model model = load(Activations.FLOAT32);
        Chat chat = model.chat()) {
      JsonNode first = chats().get(0);
      String question = first.get("messages").get(0).get("content").textValue();
      Generation answer = chat.say(question);
      assertThat(answer.text()).isEqualTo(first.get("greedy_text").textValue());
      assertThat(answer.finishReason()).isEqualTo(Generation.FinishReason.END);
      assertThat(answer.promptTokens()).isEqualTo(first.get("ids").size());
      // The second turn computes only what the first has not: its question and the turn's frame.
      assertThat(chat.say("And of Italy?").promptTokens()).isLessThan(20);
    }
  }

  @Test
  void exactWeightsScoreWithinRounding() {
    Score score = score(load(Activations.FLOAT32));
    assertThat(score.largestDifference).isLessThan(5e-4);
    assertThat(score.lastLogits).as("largest difference of the last logits").isLessThan(5e-4f);
    assertThat(score.sameArgmax).isEqualTo(1);
  }

  /** llama.cpp reaches 2.85e-3, 1.5e-2, 0.949 and 5.5e-4 on this file; what is left here comes from the cache. */
  @Test
  void quantizedActivationsAreFarNearerToTheTruthThanLlamaCpp() {
    Score score = score(load(Activations.INT16));
    assertThat(score.meanDivergence).as("mean KL divergence").isLessThan(1e-4);
    assertThat(score.percentile99).as("99th percentile of it").isLessThan(1e-3);
    assertThat(score.sameArgmax).isGreaterThanOrEqualTo(0.985);
    assertThat(Math.abs(score.nllDifference)).as("difference of the mean NLL").isLessThan(1e-3);
  }

  @Test
  void quantizedActivationsWithAFloat16CacheAreNearlyExact() {
    Score score = score(load(Activations.INT16, DType.F16));
    assertThat(score.meanDivergence).as("mean KL divergence").isLessThan(2e-6);
    assertThat(score.percentile99).as("99th percentile of it").isLessThan(1.5e-5);
    assertThat(score.sameArgmax).isGreaterThanOrEqualTo(0.995);
    assertThat(Math.abs(score.nllDifference)).as("difference of the mean NLL").isLessThan(2e-4);
  }

  private static final class Score {
    private double largestDifference;
    private double nllDifference;
    private double meanDivergence;
    private double percentile99;
    private double sameArgmax;
    private float lastLogits;
  }

  private static Score score(Model loaded) {
    try (Model model = loaded;
        Session session = model.session();
        Expected expected = new Expected(folder())) {
      int vocabulary = model.config().vocabulary();
      int[] ids = expected.ints("oz.ids");
      float[] next = expected.floats("oz.logprob_next");
      int[] topIds = expected.ints("oz.top32_ids");
      float[] topLogprobs = expected.floats("oz.top32_logprob");
      float[] last = expected.floats("oz.logits_last");
      double[] divergence = new double[ids.length];
      Score score = new Score();
      session.score(
          ids,
          (position, logits, row) -> {
            float[] own = logits.flat((long) row * vocabulary, vocabulary).toFloats();
            double normalizer = logSumExp(own);
            if (position + 1 < ids.length) {
              double difference = own[ids[position + 1]] - normalizer - next[position];
              score.largestDifference = Math.max(score.largestDifference, Math.abs(difference));
              score.nllDifference -= difference / next.length;
            } else {
              for (int i = 0; i < vocabulary; i++) {
                score.lastLogits = Math.max(score.lastLogits, Math.abs(own[i] - last[i]));
              }
            }
            int[] best = Arrays.copyOfRange(topIds, 32 * position, 32 * position + 32);
            float[] truth = Arrays.copyOfRange(topLogprobs, 32 * position, 32 * position + 32);
            divergence[position] = divergence(own, normalizer, best, truth);
            score.sameArgmax += argmax(own) == best[0] ? 1.0 / ids.length : 0;
          });
      score.meanDivergence = Arrays.stream(divergence).average().orElseThrow();
      Arrays.sort(divergence);
      score.percentile99 = divergence[(int) Math.ceil(0.99 * (divergence.length - 1))];
      return score;
    }
  }

  /** KL(truth || own) over the best tokens and, as one class, all others. */
  private static double divergence(float[] own, double normalizer, int[] best, float[] truth) {
    double sum = 0;
    double truthLeft = 1;
    double ownLeft = 1;
    for (int i = 0; i < best.length; i++) {
      double p = Math.exp(truth[i]);
      double q = own[best[i]] - normalizer;
      sum += p * (truth[i] - q);
      truthLeft -= p;
      ownLeft -= Math.exp(q);
    }
    return sum + (truthLeft > 1e-9 && ownLeft > 1e-9 ? truthLeft * Math.log(truthLeft / ownLeft) : 0);
  }

  private static double logSumExp(float[] values) {
    float most = values[argmax(values)];
    double sum = 0;
    for (float v : values) {
      sum += Math.exp(v - most);
    }
    return most + Math.log(sum);
  }

  private static int argmax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
