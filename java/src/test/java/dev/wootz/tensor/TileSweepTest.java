package dev.wootz.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.tensor.TileSweep.Piece;
import dev.wootz.tensor.TileSweep.Worker;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TileSweepTest {
  private static final List<Shape> SHAPES = List.of(Shape.of(10), Shape.of(0), Shape.of(2, 2), Shape.of());

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();

  private Worker worker(Consumer<Piece> body) {
    open.incrementAndGet();
    opened.incrementAndGet();
    return new Worker() {
      @Override
      public void piece(Piece piece) {
        body.accept(piece);
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100})
  void everyPieceIsWorkedOnOnce(int threads) {
    Queue<Piece> seen = new ConcurrentLinkedQueue<>();
    new TileSweep(SHAPES, 4).run(threads, () -> worker(seen::add));
    assertThat(seen)
        .containsExactlyInAnyOrder(
            new Piece(0, 0, 0, 4), new Piece(0, 1, 4, 4), new Piece(0, 2, 8, 2), new Piece(2, 0, 0, 4), new Piece(3, 0, 0, 1));
    assertThat(opened.get()).isBetween(1, Math.min(threads, 5));
    assertThat(open).hasValue(0);
  }

  @Test
  void theFirstFailureEndsItAndIsRethrown() {
    AtomicInteger worked = new AtomicInteger();
    TileSweep sweep = new TileSweep(List.of(Shape.of(1000)), 1);
    assertThatThrownBy(
            () ->
                sweep.run(
                    2,
                    () ->
                        worker(
                            piece -> {
                              worked.incrementAndGet();
                              throw new IllegalStateException("piece " + piece.index());
                            })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("piece [01]");
    assertThat(worked.get()).isLessThanOrEqualTo(2);
    assertThat(open).hasValue(0);
  }

  @Test
  void aFailureToOpenIsRethrown() {
    assertThatThrownBy(
            () ->
                new TileSweep(SHAPES, 1)
                    .run(
                        2,
                        () -> {
                          throw new OutOfMemoryError("none left");
                        }))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("none left");
  }

  @Test
  void endsWhenCancelled() {
    AtomicInteger worked = new AtomicInteger();
    TileSweep sweep = new TileSweep(List.of(Shape.of(1000)), 1);
    assertThatThrownBy(
            () ->
                sweep.run(
                    1,
                    () ->
                        worker(
                            piece -> {
                              if (worked.incrementAndGet() == 3) {
                                sweep.cancel();
                              }
                            })))
        .isInstanceOf(CancellationException.class);
    assertThat(worked).hasValue(3);
    assertThat(open).hasValue(0);
  }

  @Test
  void nothingToDoOpensOneWorkerAtMost() {
    new TileSweep(List.of(), 4).run(4, () -> worker(piece -> {}));
    assertThat(opened.get()).isLessThanOrEqualTo(1);
    assertThat(open).hasValue(0);
  }
}
