package dev.wootz.engine;

import static dev.wootz.engine.Asked.join;
import static dev.wootz.engine.Asked.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cutting spans out of a sequence and putting others in. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SequenceEditTest {
  private static final GenerationRequest REQUEST = GenerationRequest.defaults().withMaxTokens(20).withIgnoreEnd(true);
  private static final int[] IDS = new SplittableRandom(11).ints(300, 3, 500).toArray();

  private static Model model;

  @BeforeAll
  static void load() {
    model = Model.load(Path.of("examples/forgetting/base"), LoadOptions.defaults().withChunk(96));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static int[] edited(int[] ids, Edit edit) {
    return IntStream.concat(
            IntStream.concat(Arrays.stream(ids, 0, edit.from()), Arrays.stream(edit.replacement())), Arrays.stream(ids, edit.to(), ids.length))
        .toArray();
  }

  private static void likeFresh(Sequence sequence, Model of) {
    Generation expected = of.generate(sequence.ids(), REQUEST, GenerationListener.NONE);
    int length = sequence.length();
    Generation found = sequence.generate(new int[0], REQUEST, GenerationListener.NONE).get();
    same(found, expected);
    sequence.rewind(length);
  }

  @Test
  void anExactEditIsAFreshSequence() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      int[] ids = IDS;
      for (Edit edit : new Edit[] {
          Edit.cut(70, 140), Edit.insert(64, 5, 6, 7), Edit.replace(0, 3, 9, 9, 9, 9), Edit.cut(0, 64), Edit.cut(150, 170), Edit.insert(10)}) {
        Edit exact = edit.to() > ids.length ? Edit.cut(ids.length - 1, ids.length).exact() : edit.exact();
        ids = edited(ids, exact);
        EditReport report = sequence.edit(exact);
        assertThat(report.mode()).isEqualTo(Edit.Mode.EXACT);
        assertThat(sequence.ids()).isEqualTo(ids);
        assertThat(sequence.approximate()).isFalse();
        likeFresh(sequence, model);
      }
    }
  }

  @Test
  void aShortRestIsComputedAnew() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      EditReport report = sequence.edit(Edit.cut(100, 150));
      assertThat(report.mode()).isEqualTo(Edit.Mode.EXACT);
      assertThat(report.computed()).isEqualTo(150);
      assertThat(report.shifted()).isZero();
    }
  }

  @Test
  void aShiftComputesTheReplacementAndTheRepairOnly() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      long computed = engine.figures().computedTokens();
      EditReport report = sequence.edit(Edit.replace(70, 130, 5, 6, 7).shifted().withRepair(8));
      assertThat(report.mode()).isEqualTo(Edit.Mode.SHIFTED);
      assertThat(report.shifted()).isEqualTo(300 - 130 - 8);
      assertThat(report.computed()).isEqualTo(3 + 8);
      assertThat(engine.figures().computedTokens() - computed).isEqualTo(11);
      assertThat(sequence.ids()).isEqualTo(edited(IDS, Edit.replace(70, 130, 5, 6, 7)));
      assertThat(sequence.approximate()).isTrue();
      Drift drift = sequence.drift(32);
      assertThat(drift.tokens()).isEqualTo(32);
      assertThat(drift.meanKl()).isBetween(1e-9, 1.0);
      assertThat(drift.p99Kl()).isGreaterThanOrEqualTo(drift.meanKl());
      // The drift is that of keys and values that know of what is gone, so an exact copy has none.
      sequence.awaitExact();
      assertThat(sequence.approximate()).isFalse();
      assertThat(engine.figures().rebuilt()).isEqualTo(1);
      likeFresh(sequence, model);
      assertThat(sequence.drift(32).meanKl()).isZero();
    }
  }

  @Test
  void aShiftOfNothingIsTheIdentity() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      sequence.edit(Edit.cut(100, 100).shifted().withRepair(0));
      assertThat(sequence.drift(16).meanKl()).isZero();
      likeFresh(sequence, model);
    }
  }

  /** There and back: the keys are rounded twice, so the distributions are nearly the same; the values are untouched. */
  @ParameterizedTest
  @EnumSource(value = DType.class, names = {"F32", "BF16", "F16", "Q8_0", "F8_E4M3"})
  void shiftsInEveryTypeOfCache(DType type) {
    try (Model other = Model.load(Path.of("src/test/resources/golden/models/qwen3-tiny"), LoadOptions.defaults().withCacheType(type));
        Engine engine = other.engine();
        Sequence sequence = engine.sequence()) {
      int[] ids = new SplittableRandom(3).ints(200, 0, other.config().vocabulary()).toArray();
      sequence.append(ids);
      sequence.edit(Edit.insert(100, 7, 8, 9).shifted().withRepair(0));
      assertThat(sequence.drift(16).meanKl()).isBetween(0.0, 0.5);
      // Removing what was inserted: the rest knew nothing of it.
      sequence.edit(Edit.cut(100, 103).shifted().withRepair(0));
      assertThat(sequence.ids()).isEqualTo(ids);
      Drift back = sequence.drift(16);
      assertThat(back.meanKl()).as("%s, there and back", type).isLessThan(type == DType.F32 ? 1e-8 : type == DType.BF16 || type == DType.F16 ? 1e-3 : 0.05);
    }
  }

  @Test
  void rebuildsInTheBackgroundWhileItGenerates() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      EditReport report = sequence.edit(Edit.replace(20, 60, 4).shiftedThenExact());
      assertThat(report.mode()).isEqualTo(Edit.Mode.SHIFTED_THEN_EXACT);
      sequence.generate(new int[] {8}, REQUEST.withMaxTokens(100), GenerationListener.NONE).get();
      sequence.awaitExact();
      likeFresh(sequence, model);
    }
  }

  @Test
  void aRebuildFollowsWhatBecomesOfItsSequence() {
    SplittableRandom random = new SplittableRandom(21);
    try (Engine engine = model.engine()) {
      for (int i = 0; i < 25; i++) {
        try (Sequence sequence = engine.sequence()) {
          sequence.append(join(IDS, random.ints(100, 3, 500).toArray()));
          sequence.edit(Edit.replace(20, 60, 4).shiftedThenExact());
          sequence.rewind(90 + random.nextInt(250));
          sequence.append(random.ints(1 + random.nextInt(60), 3, 500).toArray());
          if (i % 3 == 0) {
            sequence.edit(Edit.cut(70, 75).exact());
          }
          if (i % 4 == 0) {
            sequence.drift(2);
          }
          sequence.awaitExact();
          likeFresh(sequence, model);
        }
      }
    }
  }

  @Test
  void withoutRoomForBothTheShiftedPagesGo() {
    // Eight pages: a sequence of five has room for a shift of what is in its last ones, but none beside it.
    try (Engine engine = model.engine(EngineOptions.defaults().withCacheTokens(8 * 64).withKeepPrefixes(false));
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      assertThat(sequence.edit(Edit.cut(150, 155).shiftedThenExact().withRepair(0)).mode()).isEqualTo(Edit.Mode.SHIFTED_THEN_EXACT);
      assertThatThrownBy(() -> sequence.drift(8)).isInstanceOf(IllegalStateException.class).hasMessageContaining("8");
      sequence.awaitExact();
      likeFresh(sequence, model);
    }
  }

  @Test
  void aRefusedEditChangesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    GenerationListener blocking =
        new GenerationListener() {
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
    try (Engine engine = model.engine(EngineOptions.defaults().withSequences(1).withQueue(0));
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      Answer other = engine.submit(new int[] {5}, REQUEST.withMaxTokens(400), blocking);
      begun.await();
      for (Edit edit : new Edit[] {Edit.cut(3, 9), Edit.cut(3, 9).shifted(), Edit.cut(3, 9).redacted()}) {
        assertThatThrownBy(() -> sequence.edit(edit)).isInstanceOf(RefusedException.class);
        assertThat(sequence.ids()).isEqualTo(IDS);
      }
      go.countDown();
      other.get();
      sequence.edit(Edit.cut(3, 9));
      likeFresh(sequence, model);
    }
  }

  /** The engine may have finished a rebuild before the redaction comes: then another sequence is tried. */
  @Test
  void aRedactionEndsTheRebuildThatHasTheOldTokens() {
    boolean inTime = false;
    try (Engine engine = model.engine()) {
      for (int attempt = 0; attempt < 50 && !inTime; attempt++) {
        try (Sequence sequence = engine.sequence()) {
          sequence.append(IDS);
          long before = engine.figures().rebuilt();
          sequence.edit(Edit.replace(20, 60, 4).shiftedThenExact());
          assertThat(sequence.edit(Edit.cut(100, 120).redacted()).pagesElsewhere()).isZero();
          inTime = engine.figures().rebuilt() == before;
          sequence.awaitExact();
          likeFresh(sequence, model);
        }
      }
    }
    assertThat(inTime).as("a redaction before the end of a rebuild, in 50 attempts").isTrue();
  }

  @Test
  void afterARedactionNoPageHasWhatWasThere() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      Sequence fork = sequence.fork();
      EditReport report = sequence.edit(Edit.cut(100, 120).redacted());
      // Pages 1 to 4 held tokens from 100 on, or were full and kept as prefixes; the fork has them still.
      assertThat(report.pagesElsewhere()).isEqualTo(4);
      likeFresh(sequence, model);
      fork.close();
      assertThat(engine.cache().secrets()).isZero();
      long found = engine.figures().prefixTokens();
      engine.submit(IDS, REQUEST, GenerationListener.NONE).get();
      assertThat(engine.figures().prefixTokens() - found).as("only what comes before the secret may be found").isLessThanOrEqualTo(100);
    }
  }

  @Test
  void wrongEditsAreRefused() {
    try (Engine engine = model.engine();
        Sequence sequence = engine.sequence()) {
      sequence.append(IDS);
      assertThatThrownBy(() -> sequence.edit(Edit.cut(290, 301))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("has 300");
      assertThatThrownBy(() -> sequence.edit(Edit.insert(3, new int[400]))).isInstanceOf(ContextFullException.class);
      assertThatThrownBy(() -> Edit.cut(5, 3)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Edit.cut(3, 5).redacted().shifted()).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("exact");
      assertThat(sequence.ids()).isEqualTo(IDS);
    }
  }
}
