package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.KernelException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyPiecesTest {

  @Test
  void findsEveryPlaceOfTheSortedOrder() {
    Random random = new Random(1);
    for (int bits : new int[] {0, 1, 5, 11, 12, 22, 23, 31, 32}) {
      int low = bits == 32 ? 0 : random.nextInt() >>> bits << bits;
      int[][] pieces = new int[4][];
      int[] lengths = {7, 0, 40, 13};
      int[] all = new int[60];
      int n = 0;
      for (int c = 0; c < pieces.length; c++) {
        pieces[c] = new int[lengths[c] + c]; // room at the end that must not be read
        Arrays.fill(pieces[c], 12345);
        for (int i = 0; i < lengths[c]; i++) {
          int key = bits == 0 ? low : low | (random.nextInt() & (bits == 32 ? -1 : (1 << bits) - 1) & ~(random.nextInt(3) == 0 ? 0xFF : 0));
          pieces[c][i] = key;
          all[n++] = key ^ Integer.MIN_VALUE;
        }
      }
      Arrays.sort(all);
      try (KeyPieces keys = new KeyPieces(CpuKernels.get(), pieces, lengths)) {
        assertThat(keys.elements()).isEqualTo(n);
        for (int rank = 0; rank < n; rank++) {
          KeyPieces.Found found = keys.find(rank);
          int value = all[rank];
          assertThat(found.value() ^ Integer.MIN_VALUE).as("%d bits, place %d", bits, rank).isEqualTo(value);
          for (int c = 0; c < pieces.length; c++) {
            int[] piece = Arrays.stream(pieces[c]).limit(lengths[c]).map(key -> key ^ Integer.MIN_VALUE).toArray();
            assertThat(found.below()[c]).isEqualTo(Arrays.stream(piece).filter(key -> key < value).count());
            assertThat(found.equal()[c]).isEqualTo(Arrays.stream(piece).filter(key -> key == value).count());
          }
        }
        assertThatThrownBy(() -> keys.find(60)).isInstanceOf(KernelException.class).hasMessageContaining("rank").hasMessageContaining("60");
      }
    }
  }
}
