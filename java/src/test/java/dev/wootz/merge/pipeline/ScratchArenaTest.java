package dev.wootz.merge.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScratchArenaTest {
  @Test
  void piecesAreAlignedAndDoNotOverlap() {
    try (ScratchArena arena = new ScratchArena()) {
      for (int round = 0; round < 3; round++) {
        List<Tensor> pieces = new ArrayList<>();
        for (long n : new long[] {1, 63, 1 << 18, 3, 1 << 20, 65}) {
          pieces.add(arena.scratch(DType.F32, n));
        }
        for (Tensor piece : pieces) {
          assertThat(piece.address() % 64).isZero();
          for (Tensor other : pieces) {
            assertThat(piece == other || piece.address() + piece.bytes() <= other.address() || other.address() + other.bytes() <= piece.address())
                .isTrue();
          }
        }
        arena.reset();
      }
    }
  }

  @Test
  void growsToWhatIsNeededAndThenNoMore() {
    try (ScratchArena arena = new ScratchArena()) {
      arena.scratch(DType.F32, 1 << 20);
      arena.scratch(DType.F32, 1 << 20);
      arena.reset();
      long bytes = arena.bytes();
      long address = arena.scratch(DType.F32, 1 << 20).address();
      arena.scratch(DType.F32, 1 << 20);
      arena.reset();
      assertThat(arena.bytes()).isEqualTo(bytes);
      assertThat(arena.scratch(DType.F32, 1 << 20).address()).isEqualTo(address);
    }
  }
}
