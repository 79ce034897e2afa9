package dev.wootz.engine;

import static dev.wootz.engine.Asked.allAsAlone;
import static dev.wootz.engine.Asked.join;
import static dev.wootz.engine.Asked.same;
import static dev.wootz.engine.Asked.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests under several adapters and under none in one engine: each as if it were alone. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdapterEngineTest {
  private static final Path BASE = Path.of("examples/forgetting/base");

  @TempDir static Path folder;
  private static Model model;

  /** None, one of every projection, one of a larger rank and few projections, one of the MLP alone. */
  private static final List<@Nullable Adapter> ADAPTERS = new ArrayList<>();

  @BeforeAll
  static void load() {
    model = Model.load(BASE, LoadOptions.defaults().withChunk(96));
    ADAPTERS.add(null);
    ADAPTERS.add(open("all", 1, new RandomAdapter(BASE, 11, m -> 4)));
    RandomAdapter some = new RandomAdapter(BASE, 12, m -> m.endsWith("q_proj") || m.endsWith("v_proj") ? 9 : 0);
    some.config.put("r", 9);
    ADAPTERS.add(open("some", 2, some));
    ADAPTERS.add(open("mlp", 3, new RandomAdapter(BASE, 13, m -> m.contains(".mlp.") ? 4 : 0)));
  }

  private static Adapter open(String name, int seed, RandomAdapter made) {
    return model.adapter(made.write(folder.resolve(name + seed), DType.F32));
  }

  @AfterAll
  static void close() {
    ADAPTERS.stream().filter(a -> a != null).forEach(Adapter::close);
    model.close();
  }

  private static List<Asked> random(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] beginning = random.ints(150, 3, 500).toArray();
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] own = random.ints(1 + random.nextInt(60), 3, 500).toArray();
      int shared = 64 + random.nextInt(beginning.length - 64);
      int[] prompt = join(Arrays.copyOf(beginning, shared), own);
      Sampling sampling = i % 2 == 0 ? Sampling.greedy() : Sampling.atTemperature(1.2).withSeed(i);
      asked.add(
          new Asked(model, prompt, GenerationRequest.defaults().withMaxTokens(1 + random.nextInt(40)).withSampling(sampling).withIgnoreEnd(true)
              .withAdapter(ADAPTERS.get(random.nextInt(ADAPTERS.size())))));
    }
    return asked;
  }

  @Test
  void everyRequestIsAnsweredAsIfAlone() {
    try (Engine engine = model.engine(EngineOptions.defaults().withSequences(7))) {
      allAsAlone(engine, random(40, 1));
      // Beginnings that were computed under the same adapter are found.
      assertThat(engine.figures().prefixTokens()).isGreaterThan(500);
    }
  }

  @Test
  void underPressureToo() {
    try (Engine engine = model.engine(EngineOptions.defaults().withCacheTokens(7 * 64).withSequences(16))) {
      allAsAlone(engine, random(40, 2));
      assertThat(engine.figures().preempted()).isPositive();
    }
  }

  @Test
  void theSamePromptUnderEachAdapterIsAnotherText() {
    int[] prompt = random(1, 3).get(0).prompt();
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(20).withIgnoreEnd(true);
    try (Engine engine = model.engine()) {
      List<Asked> each = ADAPTERS.stream().map(a -> new Asked(model, prompt, request.withAdapter(a))).toList();
      allAsAlone(engine, each);
      allAsAlone(engine, each);
      assertThat(each.stream().map(a -> a.alone().ids()).map(Arrays::toString).distinct()).hasSize(ADAPTERS.size());
    }
  }

  @Test
  void aSequenceGoesOnUnderAnotherAdapterAndForksKeepTheirs() {
    int[] prompt = random(1, 4).get(0).prompt();
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(10).withIgnoreEnd(true).withAdapter(ADAPTERS.get(1));
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      same(sequence.generate(prompt, request, GenerationListener.NONE).get(), new Asked(model, prompt, request).alone());
      sequence.append(7, 8);
      Sequence fork = sequence.fork();
      assertThat(fork.adapter()).isSameAs(ADAPTERS.get(1));
      int[] longer = join(sequence.ids(), 9);
      same(fork.generate(new int[] {9}, request, GenerationListener.NONE).get(), new Asked(model, longer, request).alone());
      fork.edit(Edit.replace(20, 30, 5, 6, 7));
      int[] edited = join(fork.ids(), 9);
      fork.awaitExact();
      same(fork.generate(new int[] {9}, request, GenerationListener.NONE).get(), new Asked(model, edited, request).alone());
      GenerationRequest other = request.withAdapter(ADAPTERS.get(3));
      same(sequence.generate(new int[] {9}, other, GenerationListener.NONE).get(), new Asked(model, longer, other).alone());
    }
  }

  @Test
  void aRebuildEndsWithItsAdapter() {
    Adapter brief = open("brief", 5, new RandomAdapter(BASE, 15, m -> 4));
    int[] prompt = new SplittableRandom(9).ints(300, 3, 500).toArray();
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      GenerationRequest none = GenerationRequest.defaults().withMaxTokens(0).withAdapter(brief);
      sequence.generate(prompt, none, GenerationListener.NONE).get();
      sequence.edit(Edit.replace(100, 110, 5, 6, 7).shifted());
      assertThat(sequence.approximate()).isTrue();
      brief.close();
      assertThatThrownBy(sequence::awaitExact).hasStackTraceContaining("AdapterClosedException");
      // Under the model alone it goes on.
      GenerationRequest plain = GenerationRequest.defaults().withMaxTokens(5).withIgnoreEnd(true);
      int[] ids = join(sequence.ids(), 9);
      same(sequence.generate(new int[] {9}, plain, GenerationListener.NONE).get(), new Asked(model, ids, plain).alone());
    }
  }

  @Test
  void aClosedAdapterFailsItsOwnRequestsOnly() {
    Adapter brief = open("brief", 4, new RandomAdapter(BASE, 14, m -> 4));
    List<Asked> others = random(10, 5);
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(200).withIgnoreEnd(true).withAdapter(brief);
    try (Engine engine = model.engine()) {
      java.util.concurrent.CountDownLatch began = new java.util.concurrent.CountDownLatch(1);
      Answer lost =
          engine.submit(
              new int[] {5, 6, 7}, request,
              new GenerationListener() {
                @Override
                public void token(GeneratedToken token) {
                  began.countDown();
                }
              });
      List<Answer> answers = submit(engine, others);
      began.await();
      brief.close();
      assertThatThrownBy(lost::get).hasStackTraceContaining("AdapterClosedException").hasStackTraceContaining("brief4");
      for (int i = 0; i < others.size(); i++) {
        same(answers.get(i).get(), others.get(i).alone());
      }
      assertThatThrownBy(() -> engine.submit(new int[] {5}, request, GenerationListener.NONE)).isInstanceOf(AdapterClosedException.class);
      assertThat(engine.figures().failed()).isEqualTo(1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    try (Model other = Model.load(BASE);
        Engine engine = other.engine()) {
      assertThatThrownBy(() -> engine.submit(new int[] {5}, GenerationRequest.defaults().withAdapter(ADAPTERS.get(1)), GenerationListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("was opened for the model");
    }
  }
}
