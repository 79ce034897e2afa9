package dev.wootz.merge.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.merge.pipeline.TileGrid.Piece;
import dev.wootz.tensor.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileGridTest {

  @ParameterizedTest(name = "[{0}, {1}] whole rows {2}, rows {3}")
  @CsvSource({
    "1, 1, false, false",
    "7, 31, true, true",
    "151936, 1024, false, false",
    "151936, 1024, true, true",
    "3, 300001, true, true",
    "1000, 129, true, false",
    "131073, 1, false, true",
  })
  void tilesCoverEveryElementOnce(long rows, long cols, boolean wholeRows, boolean reportsRows) {
    TileGrid grid = TileGrid.of(Shape.of(rows, cols), wholeRows, reportsRows);
    long next = 0;
    for (int i = 0; i < grid.count(); i++) {
      Piece piece = grid.tile(i);
      assertThat(piece.index()).isEqualTo(i);
      assertThat(piece.first()).isEqualTo(next);
      next += piece.shape().elements();
      if (wholeRows || reportsRows) {
        assertThat(piece.first() % cols).isZero();
        assertThat(piece.shape().elements() % cols).isZero();
      }
      assertThat(piece.shape().cols()).isEqualTo(reportsRows ? cols : piece.shape().elements());
      assertThat(piece.shape().elements()).isBetween(1L, Math.max(cols, TileGrid.TILE));
    }
    assertThat(next).isEqualTo(rows * cols);
  }

  @ParameterizedTest(name = "[{0}, {1}] whole rows {2}, {3} probes")
  @CsvSource({"1, 1, false, 1", "1, 5, false, 4", "151936, 1024, true, 256", "40, 3000, true, 16", "1000, 1000, false, 16"})
  void probesLieInsideFromTheFirstElementToTheLast(long rows, long cols, boolean wholeRows, int probes) {
    TileGrid grid = TileGrid.of(Shape.of(rows, cols), wholeRows, wholeRows);
    for (int i = 0; i < probes; i++) {
      Piece piece = grid.probe(i, probes);
      assertThat(piece.first()).isNotNegative();
      assertThat(piece.first() + piece.shape().elements()).isLessThanOrEqualTo(rows * cols);
      assertThat(piece.first() % (wholeRows ? cols : 1)).isZero();
    }
    Piece last = grid.probe(probes - 1, probes);
    assertThat(probes == 1 || last.first() + last.shape().elements() == rows * cols).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "5, 0"})
  void anEmptyTensorHasNoTiles(long rows, long cols) {
    assertThat(TileGrid.of(Shape.of(rows, cols), true, true).count()).isZero();
  }
}
