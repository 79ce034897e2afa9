package dev.wootz.engine;

import static dev.wootz.engine.Asked.allAsAlone;
import static dev.wootz.engine.Asked.join;
import static dev.wootz.engine.Asked.same;
import static dev.wootz.engine.Asked.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.engine.grammar.Constraint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many requests at once: each as if it were alone. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineTest {
  private static Model model;

  @BeforeAll
  static void load() {
    model = Model.load(Path.of("examples/forgetting/base"), LoadOptions.defaults().withChunk(96));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<Asked> random(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] beginning = random.ints(150, 3, 500).toArray();
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int shared = random.nextInt(beginning.length);
      int[] own = random.ints(1 + random.nextInt(90), 3, 500).toArray();
      int[] prompt = join(Arrays.copyOf(beginning, shared), own);
      Sampling sampling = i % 3 == 0 ? Sampling.greedy() : Sampling.atTemperature(1.2).withTopP(0.95).withPenalties(1.1, 0.2, 0.1).withSeed(i);
      asked.add(
          new Asked(model, prompt, GenerationRequest.defaults().withMaxTokens(1 + random.nextInt(70)).withSampling(sampling).withIgnoreEnd(i % 2 == 0)));
    }
    return asked;
  }

  private static void nothingHeld(Engine engine) {
    engine.forgetPrefixes();
    EngineFigures figures = engine.figures();
    assertThat(figures.freePages()).isEqualTo(figures.pages());
    assertThat(figures.running() + figures.queued() + figures.sequences() + figures.keptPages()).isZero();
  }

  private static GenerationRequest constrained(String regex) {
    return GenerationRequest.defaults().withMaxTokens(20).withConstraint(Constraint.regex(regex));
  }

  @Test
  void whatIsCompleteAtOnceGivesNoToken() {
    try (Engine engine = model.engine()) {
      Generation alone = model.generate("Once upon a time", constrained(""), GenerationListener.NONE);
      Generation among = engine.submit("Once upon a time", constrained("")).get();
      assertThat(among.tokens()).isEqualTo(alone.tokens()).isEmpty();
      assertThat(among.finishReason()).isEqualTo(alone.finishReason()).isEqualTo(FinishReason.END);
      assertThat(engine.figures().generatedTokens()).isZero();
      nothingHeld(engine);
    }
  }

  @Test
  void theTextHasTheSpaceThatTheConstraintAsksFor() {
    try (Engine engine = model.engine()) {
      assertThat(model.generate("Once upon a time", constrained(" (yes|no)"), GenerationListener.NONE).text()).matches(" (yes|no)");
      assertThat(engine.submit("Once upon a time", constrained(" {2}(yes|no)")).get().text()).matches(" {2}(yes|no)");
    }
  }

  @Test
  void aConstraintThatIsTooDeepFailsAlone() throws InterruptedException {
    try (Engine engine = model.engine()) {
      GenerationRequest longer = GenerationRequest.defaults().withMaxTokens(200).withIgnoreEnd(true);
      Constraint tooDeep = Constraint.regex("x" + "a?b?".repeat(40_000));
      CountDownLatch running = new CountDownLatch(1);
      Answer other = engine.submit("Once upon a time", longer, new GenerationListener() {
        @Override
        public void token(GeneratedToken token) {
          running.countDown();
        }
      });
      running.await();
      Answer deep = engine.submit("Once upon a time", GenerationRequest.defaults().withConstraint(tooDeep));
      assertThat(other.get().tokens()).hasSize(200);
      assertThatThrownBy(deep::get).isInstanceOf(StackOverflowError.class);
      assertThat(engine.submit("Once upon a time", constrained("yes")).get().text()).isEqualTo("yes");
    }
  }

  @Test
  void everyRequestIsAnsweredAsIfAlone() {
    try (Engine engine = model.engine(EngineOptions.defaults().withSequences(7))) {
      List<Asked> asked = random(40, 1);
      allAsAlone(engine, asked);
      EngineFigures figures = engine.figures();
      assertThat(figures.completed()).isEqualTo(40);
      assertThat(figures.prefixTokens()).isGreaterThan(1000);
      assertThat(figures.generatedTokens()).isEqualTo(asked.stream().mapToLong(a -> a.alone().tokens().size()).sum());
      nothingHeld(engine);
    }
  }

  @Test
  void withoutPrefixesToo() {
    try (Engine engine = model.engine(EngineOptions.defaults().withKeepPrefixes(false))) {
      allAsAlone(engine, random(20, 2));
      assertThat(engine.figures().prefixTokens()).isZero();
      nothingHeld(engine);
    }
  }

  @Test
  void underPressureRequestsWaitAndNothingIsLost() {
    // Seven pages: one request of 310 tokens fits, or few of the short ones.
    try (Engine engine = model.engine(EngineOptions.defaults().withCacheTokens(7 * 64).withSequences(16))) {
      allAsAlone(engine, random(60, 3));
      EngineFigures figures = engine.figures();
      assertThat(figures.preempted()).isPositive();
      assertThat(figures.evictedPages()).isPositive();
      nothingHeld(engine);
    }
  }

  @Test
  void aPromptThatIsKnownIsNotComputedAgain() {
    Asked asked = random(1, 4).get(0);
    try (Engine engine = model.engine()) {
      same(submit(engine, List.of(asked)).get(0).get(), asked.alone());
      long computed = engine.figures().computedTokens();
      same(submit(engine, List.of(asked)).get(0).get(), asked.alone());
      assertThat(engine.figures().prefixTokens()).isEqualTo(asked.prompt().length - 1);
      assertThat(engine.figures().computedTokens() - computed).isEqualTo(asked.alone().tokens().size());
    }
  }

  @Test
  void sequencesGoOnForkAndGoBack() {
    int[] prompt = random(1, 5).get(0).prompt();
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(30).withIgnoreEnd(true);
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(prompt);
      Sequence fork = sequence.fork();
      same(sequence.generate(new int[] {7, 8}, request, GenerationListener.NONE).get(), model.generate(join(prompt, 7, 8), request, GenerationListener.NONE));
      same(fork.generate(new int[] {9}, request, GenerationListener.NONE).get(), model.generate(join(prompt, 9), request, GenerationListener.NONE));
      assertThat(fork.length()).isEqualTo(prompt.length + 31);
      int[] all = fork.ids();
      same(fork.generate(new int[0], request, GenerationListener.NONE).get(), model.generate(all, request, GenerationListener.NONE));
      sequence.rewind(prompt.length);
      same(sequence.generate(new int[] {9}, request, GenerationListener.NONE).get(), model.generate(join(prompt, 9), request, GenerationListener.NONE));
      assertThatThrownBy(() -> sequence.rewind(1000)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1000");
      fork.close();
      assertThatThrownBy(() -> fork.append(1)).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
      sequence.close();
      nothingHeld(engine);
    }
  }

  @Test
  void aSequenceWhosePagesWereTakenGoesOn() {
    int[] prompt = random(1, 6).get(0).prompt();
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(20).withIgnoreEnd(true);
    try (Engine engine = model.engine(EngineOptions.defaults().withCacheTokens(8 * 64));
        Sequence sequence = engine.sequence()) {
      sequence.append(prompt);
      allAsAlone(engine, random(12, 7));
      same(sequence.generate(new int[] {9}, request, GenerationListener.NONE).get(), model.generate(join(prompt, 9), request, GenerationListener.NONE));
    }
  }

  @Test
  void oneRequestAtATimeOnASequence() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(1, 5, 6);
      Answer answer = sequence.generate(new int[] {4}, GenerationRequest.defaults().withMaxTokens(400).withIgnoreEnd(true), blocking(begun, go));
      begun.await();
      assertThatThrownBy(sequence::fork).isInstanceOf(IllegalStateException.class).hasMessageContaining("runs on this sequence");
      answer.cancel();
      go.countDown();
      assertThat(answer.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(sequence.length()).isEqualTo(4 + answer.get().tokens().size());
    }
  }

  private static GenerationListener blocking(CountDownLatch begun, CountDownLatch go) {
    return new GenerationListener() {
      @Override
      public void token(GeneratedToken token) {
        begun.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  @Test
  void aSlowListenerHoldsUpItsOwnRequestOnly() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(450).withIgnoreEnd(true);
    try (Engine engine = model.engine()) {
      Answer slow = engine.submit(new int[] {1, 5}, request, blocking(begun, go));
      allAsAlone(engine, random(10, 8));
      begun.await();
      Thread.sleep(200);
      assertThat(slow.done()).isFalse();
      long generated = engine.figures().generatedTokens();
      Thread.sleep(100);
      assertThat(engine.figures().generatedTokens()).as("paused").isEqualTo(generated);
      go.countDown();
      same(slow.get(), model.generate(new int[] {1, 5}, request, GenerationListener.NONE));
    }
  }

  @Test
  void aListenerThatThrowsFailsItsRequestOnly() {
    try (Engine engine = model.engine()) {
      Answer failing =
          engine.submit(
              new int[] {1, 5},
              GenerationRequest.defaults().withMaxTokens(400).withIgnoreEnd(true),
              new GenerationListener() {
                @Override
                public void text(String piece) {
                  throw new UnsupportedOperationException("no");
                }
              });
      allAsAlone(engine, random(5, 9));
      assertThatThrownBy(failing::get).isInstanceOf(UnsupportedOperationException.class).hasMessage("no");
      assertThat(engine.figures().failed()).isEqualTo(1);
      nothingHeld(engine);
    }
  }

  @Test
  void whatCannotBeTakenOnIsRefused() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(450).withIgnoreEnd(true);
    EngineOptions options = EngineOptions.defaults().withSequences(1).withQueue(2).withLongestWait(Duration.ofMillis(150));
    try (Engine engine = model.engine(options)) {
      Answer running = engine.submit(new int[] {1, 5}, request, blocking(begun, go));
      begun.await();
      List<Answer> waiting = List.of(engine.submit(new int[] {1}, request, GenerationListener.NONE), engine.submit(new int[] {1}, request, GenerationListener.NONE));
      assertThatThrownBy(() -> engine.submit(new int[] {1}, request, GenerationListener.NONE))
          .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.QUEUE_FULL))
          .hasMessageContaining("2 wait");
      for (Answer answer : waiting) {
        assertThatThrownBy(answer::get)
            .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.WAITED_TOO_LONG));
      }
      assertThat(engine.figures().refused()).isEqualTo(3);
      go.countDown();
      assertThat(running.get().tokens()).hasSize(450);
      assertThatThrownBy(() -> engine.submit(new int[600], request, GenerationListener.NONE)).isInstanceOf(ContextFullException.class);
      assertThatThrownBy(() -> engine.submit(new int[] {-1}, request, GenerationListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-1");
    }
  }

  @Test
  void closingEndsWhatRuns() {
    Engine engine = model.engine();
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(450).withIgnoreEnd(true);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(engine.submit(new int[] {1, i}, request, GenerationListener.NONE));
    }
    engine.close();
    for (Answer answer : answers) {
      assertThatThrownBy(answer::get)
          .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.reason()).isEqualTo(RefusedException.Reason.CLOSED));
    }
    assertThatThrownBy(() -> engine.submit("a")).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
  }

  @Test
  void aRequestOutOfTimeGivesWhatThereIs() {
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(450).withIgnoreEnd(true);
    try (Engine engine = model.engine()) {
      assertThat(engine.submit(new int[] {1}, request.withTimeout(Duration.ZERO), GenerationListener.NONE).get().finishReason())
          .isEqualTo(FinishReason.TIMEOUT);
      assertThat(model.generate(new int[] {1}, request.withTimeout(Duration.ZERO), GenerationListener.NONE).finishReason())
          .isEqualTo(FinishReason.TIMEOUT);
    }
  }
}
