package dev.wootz.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads ask an engine at once, for everything it can do and with a cache too small for it: requests of all kinds, cancelled ones, ones out
 * of time, slow listeners and throwing ones, sequences that fork, go back and are edited, constrained output. Every answer is what the same request gets alone, bit for bit, or
 * the beginning of it where it was ended; none is lost; all pages and all native memory come back.
 *
 * <p>{@code -Dwootz.stress.seconds} (6), {@code -Dwootz.stress.seed} (another one each time; a failure names it, though what it meets depends on
 * the threads too) and {@code -Dwootz.stress.model}.
 */
@Timeout(1800)
class EngineStressTest {
  private static final int SECONDS = Integer.getInteger("wootz.stress.seconds", 6);
  private static final long SEED = Long.getLong("wootz.stress.seed", System.nanoTime());
  private static final Path MODEL = Path.of(System.getProperty("wootz.stress.model", "examples/forgetting/base"));

  /** Each with a model, an engine and settings of its own. */
  private static final int ROUNDS = Math.max(3, SECONDS / 10);

  private static final DType[] CACHE_TYPES = {DType.F32, DType.BF16, DType.F16, DType.F8_E4M3};

  @Test
  void everyAnswerIsThatOfARequestAlone() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    long live = Memory.liveBytes();
    StressFigures figures = new StressFigures();
    long pointers = 0;
    for (int round = 0; round < ROUNDS; round++) {
      LoadOptions load =
          LoadOptions.defaults()
              .withThreads(1 + random.nextInt(2))
              .withChunk(1 + random.nextInt(150))
              .withCacheType(CACHE_TYPES[random.nextInt(CACHE_TYPES.length)]);
      // The first round is sure to run out of pages that others hold and that are kept; the others try everything.
      EngineOptions options =
          EngineOptions.defaults()
              .withSequences(round == 0 ? 16 : 1 + random.nextInt(40))
              .withCacheTokens(64L * (round == 0 ? 10 : 10 + random.nextInt(30)))
              .withQueue(round % 3 == 2 ? 20 : 4096)
              .withKeepPrefixes(round == 0 || random.nextInt(4) > 0);
      String setting = "with -Dwootz.stress.seed=" + SEED + " in round " + round + ", " + load + ", " + options;
      try (Model model = Model.load(MODEL, load)) {
        new StressRound(model, options, random.split(), 1e9 * SECONDS / ROUNDS, figures).run();
      } catch (Throwable e) {
        throw new AssertionError(setting, e);
      }
      assertThat(Memory.liveBytes()).as(setting).isEqualTo(live);
      // The first round leaves what is made once, such as thread-local buffers.
      if (round == 0) {
        pointers = Pointer.totalBytes();
      }
      assertThat(Pointer.totalBytes()).as("JavaCPP's structures " + setting).isLessThanOrEqualTo(pointers);
    }
    if (System.getProperty("wootz.stress.seconds") != null) {
      System.out.println("seed " + SEED + ": " + figures);
    }
    assertThat(figures.whole.get()).isPositive();
    assertThat(figures.begun.get()).isPositive();
    assertThat(figures.forks.get()).isPositive();
    assertThat(figures.edits.get()).isPositive();
    assertThat(figures.preempted).isPositive();
    assertThat(figures.evicted).isPositive();
    assertThat(figures.copied).isPositive();
  }
}
