package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.engine.grammar.Constraint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** One engine of {@link EngineStressTest} and those who ask it. */
final class StressRound {
  private static final int CLIENTS = 64;

  /** Longer than any request takes, however slow the machine: one that is not answered by then is lost. */
  private static final Duration LOST = Duration.ofMinutes(3);

  /** Ends after a few tokens, or is cut. */
  private static final Constraint LETTERS = Constraint.regex("( ?[a-zA-Z]+,){1,6}[.!]");

  private static final Edit.Mode[] MODES = Edit.Mode.values();

  private final Model model;
  private final EngineOptions options;
  private final SplittableRandom random;
  private final StressFigures figures;
  private final long end;

  private final List<int[]> stems = new ArrayList<>();

  /** For each stem what may come after it. */
  private final List<List<Asked>> branches = new ArrayList<>();

  private final Map<Asked, Generation> alone = new ConcurrentHashMap<>();

  /** Requests that the engine took on, and what it refused. */
  private final AtomicLong accepted = new AtomicLong();

  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  /** A request; its prompt is a stem and a suffix. Compared by identity. */
  private static final class Asked {
    final int[] stem;
    final int[] suffix;
    final GenerationRequest request;

    Asked(int[] stem, int[] suffix, GenerationRequest request) {
      this.stem = stem;
      this.suffix = suffix;
      this.request = request;
    }

    int[] prompt() {
      return join(stem, suffix);
    }
  }

  private static int[] join(int[] first, int[] second) {
    int[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** @param nanos how long new requests are made */
  StressRound(Model model, EngineOptions options, SplittableRandom random, double nanos, StressFigures figures) {
    this.model = model;
    this.options = options;
    this.random = random;
    this.figures = figures;
    this.end = System.nanoTime() + (long) nanos;
    int[] beginning = random.ints(200, 3, 500).toArray();
    for (int s = 0; s < 8; s++) {
      int[] stem = join(Arrays.copyOf(beginning, random.nextInt(beginning.length)), random.ints(1 + random.nextInt(40), 3, 500).toArray());
      List<Asked> asked = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        asked.add(new Asked(stem, random.ints(1 + random.nextInt(30), 3, 500).toArray(), request(i)));
      }
      stems.add(stem);
      branches.add(asked);
    }
  }

  private GenerationRequest request(int i) {
    Sampling sampling =
        i % 3 == 0 ? Sampling.greedy() : Sampling.atTemperature(1.2).withTopP(0.95).withPenalties(1.1, 0.2, 0.1).withSeed(random.nextLong());
    return GenerationRequest.defaults()
        .withMaxTokens(1 + random.nextInt(80))
        .withSampling(sampling)
        .withIgnoreEnd(i % 2 == 0)
        .withTopLogprobs(random.nextInt(3))
        .withStop(i == 5 ? new String[] {"e"} : new String[0])
        .withConstraint(i == 4 ? LETTERS : null);
  }

  void run() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (Engine engine = model.engine(options)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        all.add(
            clients.submit(
                () -> {
                  do {
                    act(engine, own);
                  } while (System.nanoTime() < end);
                  return null;
                }));
      }
      for (Future<?> client : all) {
        client.get();
      }
      nothingIsLeft(engine);
    } finally {
      clients.shutdownNow();
    }
  }

  private void nothingIsLeft(Engine engine) {
    engine.forgetPrefixes();
    EngineFigures f = engine.figures();
    assertThat(f.freePages()).as("free pages").isEqualTo(f.pages());
    assertThat(f.running() + f.queued() + f.sequences() + f.keptPages()).isZero();
    assertThat(f.submitted()).as("submitted").isEqualTo(accepted.get());
    assertThat(f.refused()).as("refused").isEqualTo(refused.get());
    assertThat(f.failed()).as("failed").isEqualTo(failed.get());
    assertThat(f.completed()).as("completed").isEqualTo(accepted.get() - failed.get());
    figures.preempted += f.preempted();
    figures.evicted += f.evictedPages();
    figures.copied += f.copiedPages();
    figures.found += f.prefixTokens();
    figures.generated += f.generatedTokens();
  }

  private void act(Engine engine, SplittableRandom random) throws Exception {
    int what = random.nextInt(100);
    try {
      if (what < 40) {
        Asked asked = any(random);
        same(submit(engine, asked, asked.request, GenerationListener.NONE), asked);
      } else if (what < 70) {
        endEarly(engine, random);
      } else if (what < 80) {
        listen(engine, random);
      } else if (what < 88) {
        forkStorm(engine, random);
      } else if (what < 98) {
        editAndGoOn(engine, random);
      } else {
        engine.forgetPrefixes();
      }
    } catch (RefusedException e) {
      assertThat(e.reason()).isEqualTo(RefusedException.Reason.QUEUE_FULL);
      assertThat(options.queue()).isLessThan(100);
      refused.incrementAndGet();
      figures.refused.incrementAndGet();
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Asked any(SplittableRandom random) {
    List<Asked> of = branches.get(random.nextInt(branches.size()));
    return of.get(random.nextInt(of.size()));
  }

  private Answer submit(Engine engine, Asked asked, GenerationRequest request, GenerationListener listener) {
    return accepted(engine.submit(asked.prompt(), request, listener));
  }

  private Answer accepted(Answer answer) {
    accepted.incrementAndGet();
    return answer;
  }

  private Generation expected(Asked asked) {
    return alone.computeIfAbsent(asked, a -> model.generate(a.prompt(), a.request, GenerationListener.NONE));
  }

  private void same(Answer answer, Asked asked) throws Exception {
    same(answer.get(LOST), asked);
  }

  private void same(Generation found, Asked asked) {
    Generation expected = expected(asked);
    assertThat(found.tokens()).isEqualTo(expected.tokens());
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.finishReason()).isEqualTo(expected.finishReason());
    figures.whole.incrementAndGet();
  }

  /** The whole answer, or the beginning of it with one of these reasons. */
  private void sameOrBegun(Answer answer, Asked asked) throws Exception {
    Generation found = answer.get(LOST);
    if (found.finishReason() != FinishReason.CANCELLED && found.finishReason() != FinishReason.TIMEOUT) {
      same(found, asked);
      return;
    }
    List<GeneratedToken> expected = expected(asked).tokens();
    assertThat(found.tokens().size()).isLessThanOrEqualTo(expected.size());
    assertThat(found.tokens()).isEqualTo(expected.subList(0, found.tokens().size()));
    figures.begun.incrementAndGet();
  }

  /** Cancelled from outside, by its listener, or out of time. */
  private void endEarly(Engine engine, SplittableRandom random) throws Exception {
    Asked asked = any(random);
    switch (random.nextInt(3)) {
      case 0 -> {
        Answer answer = submit(engine, asked, asked.request, GenerationListener.NONE);
        pause(random);
        answer.cancel();
        sameOrBegun(answer, asked);
      }
      case 1 -> {
        AtomicInteger left = new AtomicInteger(random.nextInt(40));
        GenerationListener listener =
            new GenerationListener() {
              @Override
              public boolean cancelled() {
                return left.decrementAndGet() < 0;
              }
            };
        sameOrBegun(submit(engine, asked, asked.request, listener), asked);
      }
      default -> sameOrBegun(
          submit(engine, asked, asked.request.withTimeout(Duration.ofNanos(random.nextInt(100_000_000))), GenerationListener.NONE), asked);
    }
  }

  private static void pause(SplittableRandom random) {
    LockSupport.parkNanos(random.nextInt(4) == 0 ? 0 : random.nextInt(50_000_000));
  }

  /** A listener that is slow, and perhaps throws; else it has heard the text. */
  private void listen(Engine engine, SplittableRandom random) throws Exception {
    Asked asked = any(random);
    int nap = random.nextInt(3) * 100_000;
    int throwing = random.nextInt(3) == 0 ? random.nextInt(30) : Integer.MAX_VALUE;
    StringBuilder heard = new StringBuilder();
    AtomicInteger calls = new AtomicInteger();
    GenerationListener listener =
        new GenerationListener() {
          @Override
          public void text(String piece) {
            heard.append(piece);
          }

          @Override
          public void token(GeneratedToken token) {
            LockSupport.parkNanos(nap);
            if (calls.getAndIncrement() == throwing) {
              throw new UnsupportedOperationException("the listener of a test");
            }
          }
        };
    Answer answer = submit(engine, asked, asked.request, listener);
    try {
      Generation found = answer.get(LOST);
      same(found, asked);
      // When it throws at the end, the request may be over already.
      assertThat(found.text()).isEqualTo(calls.get() > throwing ? found.text() : heard.toString());
    } catch (UnsupportedOperationException e) {
      assertThat(calls.get()).isEqualTo(throwing + 1);
      failed.incrementAndGet();
      figures.thrown.incrementAndGet();
    }
  }

  /** A sequence that many others go on from at once; some are cancelled, closed while they run, or go back and try something else. */
  private void forkStorm(Engine engine, SplittableRandom random) throws Exception {
    int s = random.nextInt(stems.size());
    int[] stem = stems.get(s);
    List<Sequence> open = new ArrayList<>();
    try {
      Sequence trunk = engine.sequence();
      open.add(trunk);
      accepted.incrementAndGet();
      try {
        trunk.append(stem);
      } catch (RefusedException e) {
        accepted.decrementAndGet();
        throw e;
      }
      for (int i = 1 + random.nextInt(7); i > 0; i--) {
        open.add(open.get(random.nextInt(open.size())).fork());
        figures.forks.incrementAndGet();
      }
      List<Answer> answers = new ArrayList<>();
      List<Asked> asked = new ArrayList<>();
      RefusedException refusal = null;
      for (Sequence sequence : open) {
        Asked branch = branches.get(s).get(random.nextInt(branches.get(s).size()));
        int kept = random.nextInt(3) == 0 ? random.nextInt(stem.length + 1) : stem.length;
        sequence.rewind(kept);
        try {
          int[] rest = join(Arrays.copyOfRange(stem, kept, stem.length), branch.suffix);
          answers.add(accepted(sequence.generate(rest, branch.request, GenerationListener.NONE)));
          asked.add(branch);
        } catch (RefusedException e) {
          refusal = e;
          break;
        }
      }
      pause(random);
      for (int i = 0; i < answers.size(); i++) {
        switch (random.nextInt(4)) {
          case 0 -> answers.get(i).cancel();
          case 1 -> open.get(i).close();
          default -> {}
        }
      }
      for (int i = 0; i < answers.size(); i++) {
        sameOrBegun(answers.get(i), asked.get(i));
      }
      if (refusal != null) {
        throw refusal;
      }
      again(trunk, stem, branches.get(s).get(random.nextInt(branches.get(s).size())));
    } finally {
      open.forEach(Sequence::close);
    }
  }

  /**
   * A sequence with a detour in its midst that an edit takes out again. Exact keys give what the request gets alone; shifted ones do when they
   * have been rebuilt, and until then they give an answer, whatever it is.
   */
  private void editAndGoOn(Engine engine, SplittableRandom random) throws Exception {
    Asked asked = any(random);
    int[] prompt = asked.prompt();
    int at = random.nextInt(1 + prompt.length / 2);
    int[] detour = random.ints(1 + random.nextInt(60), 3, 500).toArray();
    Edit.Mode mode = MODES[random.nextInt(MODES.length)];
    Edit cut = new Edit(at, at + detour.length, new int[0], mode, mode == Edit.Mode.EXACT && random.nextBoolean(), random.nextInt(8));
    try (Sequence sequence = engine.sequence()) {
      accepted.incrementAndGet();
      try {
        sequence.append(join(join(Arrays.copyOf(prompt, at), detour), Arrays.copyOfRange(prompt, at, prompt.length)));
      } catch (RefusedException e) {
        accepted.decrementAndGet();
        throw e;
      }
      accepted.incrementAndGet();
      try {
        sequence.edit(cut);
      } catch (RefusedException e) {
        accepted.decrementAndGet();
        throw e;
      }
      figures.edits.incrementAndGet();
      if (sequence.approximate()) {
        figures.shifted.incrementAndGet();
      }
      assertThat(sequence.ids()).isEqualTo(prompt);
      if (sequence.approximate() && mode == Edit.Mode.SHIFTED_THEN_EXACT && random.nextBoolean()) {
        sequence.awaitExact();
        figures.rebuilt.incrementAndGet();
      }
      boolean exact = !sequence.approximate();
      Answer answer = accepted(sequence.generate(new int[0], asked.request, GenerationListener.NONE));
      if (exact) {
        same(answer, asked);
      } else {
        assertThat(answer.get(LOST).tokens()).isNotEmpty();
      }
    }
  }

  private void again(Sequence trunk, int[] stem, Asked branch) throws Exception {
    // Less than the stem where it went back and was cancelled before its first token.
    int kept = Math.min(trunk.length(), stem.length);
    try {
      trunk.rewind(kept);
    } catch (IllegalStateException e) {
      return; // closed before
    }
    same(accepted(trunk.generate(join(Arrays.copyOfRange(stem, kept, stem.length), branch.suffix), branch.request, GenerationListener.NONE)), branch);
  }
}
