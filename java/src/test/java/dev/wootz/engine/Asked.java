package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.engine.Generation.GeneratedToken;
import java.util.Arrays;
import java.util.List;

/** A request and its prompt, and what is to come of it: what it gives alone, bit for bit. */
record Asked(Model model, int[] prompt, GenerationRequest request) {
  Generation alone() {
    return model.generate(prompt, request, GenerationListener.NONE);
  }

  static void same(Generation found, Generation expected) {
    assertThat(found.ids()).isEqualTo(expected.ids());
    assertThat(logprobs(found)).isEqualTo(logprobs(expected));
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.finishReason()).isEqualTo(expected.finishReason());
  }

  private static List<Float> logprobs(Generation generation) {
    return generation.tokens().stream().map(GeneratedToken::logprob).toList();
  }

  static List<Answer> submit(Engine engine, List<Asked> asked) {
    return asked.stream().map(a -> engine.submit(a.prompt(), a.request(), GenerationListener.NONE)).toList();
  }

  /** All at once, each as if alone. */
  static void allAsAlone(Engine engine, List<Asked> asked) {
    List<Answer> answers = submit(engine, asked);
    for (int i = 0; i < asked.size(); i++) {
      same(answers.get(i).get(), asked.get(i).alone());
    }
  }

  static int[] join(int[] first, int... second) {
    int[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
