package dev.wootz.merge.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class TensorChecksumsTest {
  private static final ByteBuffer FIRST = ByteBuffer.wrap(new byte[] {1, 2, 3});
  private static final ByteBuffer SECOND = ByteBuffer.wrap(new byte[] {4, 5, 6});

  @Test
  void theOrderOfPiecesDoesNotMatterTheirPlacesDo() {
    TensorChecksums sums = new TensorChecksums();
    sums.add("a", 0, FIRST.duplicate());
    sums.add("a", 3, SECOND.duplicate());
    sums.add("b", 3, SECOND.duplicate());
    sums.add("b", 0, FIRST.duplicate());
    sums.add("swapped", 0, SECOND.duplicate());
    sums.add("swapped", 3, FIRST.duplicate());
    assertThat(sums.of("a", 3)).isEqualTo(sums.of("b", 3));
    assertThat(sums.of("a", 3)).isNotEqualTo(sums.of("swapped", 3));
  }

  @Test
  void oneChangedBitChangesTheSum() {
    TensorChecksums sums = new TensorChecksums();
    sums.add("a", 0, FIRST.duplicate());
    sums.add("b", 0, ByteBuffer.wrap(new byte[] {1, 2, 2}));
    assertThat(sums.of("a", 3)).isNotEqualTo(sums.of("b", 3));
  }

  @Test
  void clearStartsAgain() {
    TensorChecksums sums = new TensorChecksums();
    sums.add("a", 0, FIRST.duplicate());
    sums.clear("a");
    assertThat(sums.of("a", 3)).isEqualTo(sums.of("never seen", 3));
  }
}
