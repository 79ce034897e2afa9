package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.format.FormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Text in, text out: stories260K, which comes with the examples, writes the story that llama2.c knows it for. */
class StoriesTest {
  /** The expected output of llama2.c's own test. */
  private static final String STORY =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to"
          + " play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She said, \"I"
          + " want to play with your ball, but I can't find it.\"\nLily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know"
          + " what to do.\"\nLily didn't want to help her mom, so she";

  private static Model model;

  @BeforeAll
  static void load() {
    model = Model.load(Path.of("examples/forgetting/base"));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static final GenerationRequest REQUEST = GenerationRequest.defaults().withMaxTokens(180);

  @Test
  void writesItsStory() {
    List<String> pieces = new ArrayList<>();
    Generation generation =
        model.generate(
            "Once upon a time",
            REQUEST.withMaxTokens(200),
            new GenerationListener() {
              @Override
              public void text(String piece) {
                pieces.add(piece);
              }
            });
    assertThat("Once upon a time" + generation.text()).startsWith(STORY);
    assertThat(String.join("", pieces)).isEqualTo(generation.text());
    assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(generation.tokens()).hasSize(200);
  }

  @Test
  void theSameSeedDrawsTheSameStory() {
    GenerationRequest drawn = REQUEST.withMaxTokens(40).withSampling(Sampling.atTemperature(1).withTopP(0.9).withSeed(7));
    String once = model.generate("Once", drawn, GenerationListener.NONE).text();
    assertThat(model.generate("Once", drawn, GenerationListener.NONE).text()).isEqualTo(once);
    GenerationRequest other = REQUEST.withMaxTokens(40).withSampling(Sampling.atTemperature(1).withTopP(0.9).withSeed(8));
    assertThat(model.generate("Once", other, GenerationListener.NONE).text()).isNotEqualTo(once);
  }

  @Test
  void stopsBeforeAStopString() {
    StringBuilder heard = new StringBuilder();
    Generation generation =
        model.generate(
            "Once upon a time",
            REQUEST.withStop("red ball", "never"),
            new GenerationListener() {
              @Override
              public void text(String piece) {
                heard.append(piece);
              }
            });
    assertThat(generation.text()).endsWith("she saw a big, ").isEqualTo(heard.toString());
    assertThat(generation.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void endsWhenItIsCancelled() {
    int[] tokens = {0};
    Generation generation =
        model.generate(
            "Once upon a time",
            REQUEST,
            new GenerationListener() {
              @Override
              public void token(GeneratedToken token) {
                tokens[0]++;
              }

              @Override
              public boolean cancelled() {
                return tokens[0] == 5;
              }
            });
    assertThat(generation.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(generation.tokens()).hasSize(5);
  }

  @Test
  void reportsAlternativesAndProbabilities() {
    Generation generation = model.generate("Once upon a time", REQUEST.withMaxTokens(3).withTopLogprobs(4), GenerationListener.NONE);
    for (GeneratedToken token : generation.tokens()) {
      assertThat(token.alternatives()).hasSize(4);
      assertThat(token.alternatives().get(0).id()).isEqualTo(token.id());
      assertThat(token.alternatives().get(0).logprob()).isCloseTo(token.logprob(), within(1e-5f));
      assertThat(token.alternatives().stream().map(Generation.Alternative::logprob).collect(Collectors.toList()))
          .isSortedAccordingTo((a, b) -> Float.compare(b, a));
    }
  }

  @Test
  void aSessionGoesBackAndGivesTheSameBits() {
    int[] ids = model.tokenizer().encode("Once upon a time there was a dragon", true, true);
    try (Session session = model.session()) {
      session.append(ids);
      float[] before = session.logits().toFloats();
      session.append(5, 6, 7);
      session.rewind(ids.length - 1);
      // What the decoder holds now follows other tokens.
      assertThatThrownBy(session::logits).isInstanceOf(IllegalStateException.class);
      session.append(ids[ids.length - 1]);
      assertThat(session.logits().toFloats()).containsExactly(before);
      assertThat(session.ids()).isEqualTo(ids);
      session.score(new int[] {5, 6}, (position, logits, row) -> {});
      assertThatThrownBy(session::logits).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (Model small = Model.load(Path.of("examples/forgetting/base"), LoadOptions.defaults().withContext(16));
        Session session = small.session()) {
      session.append(new int[16]);
      assertThatThrownBy(() -> session.append(1)).isInstanceOf(ContextFullException.class).hasMessageContaining("16");
      assertThatThrownBy(() -> session.rewind(17)).isInstanceOf(IllegalArgumentException.class);
      Generation generation = small.generate("Once upon a time", GenerationRequest.defaults(), GenerationListener.NONE);
      assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(generation.promptTokens() + generation.tokens().size()).isEqualTo(16);
    }
    assertThatThrownBy(() -> model.generate(new int[0], REQUEST, GenerationListener.NONE)).hasMessageContaining("empty");
    assertThatThrownBy(() -> model.generate(new int[] {99_999}, REQUEST, GenerationListener.NONE)).hasMessageContaining("99999");
    assertThatThrownBy(() -> model.chatTemplate()).isInstanceOf(FormatException.class).hasMessageContaining("chat template");
    assertThatThrownBy(() -> Model.load(Path.of("no/such/model"))).isInstanceOf(FormatException.class).hasMessageContaining("no/such/model");
  }

  @Test
  void perplexityOfItsOwnStoryIsLow() {
    int[] ids = model.tokenizer().encode(STORY, false, false);
    Perplexity.Result result = Perplexity.of(model, ids, 128, 10, 1, (done, total, nll) -> {});
    assertThat(result.nll()).isBetween(0.2, 1.0);
    assertThat(result.tokens()).isEqualTo(128L * result.windows());
  }
}
