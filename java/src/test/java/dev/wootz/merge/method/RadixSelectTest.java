package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RadixSelectTest {

  @Test
  void findsEveryPlaceOfTheSortedOrder() {
    Random random = new Random(1);
    for (int bits : new int[] {0, 1, 5, 11, 12, 22, 23, 31, 32}) {
      int low = bits == 32 ? 0 : random.nextInt() >>> bits << bits;
      int high = bits == 32 ? 0xFFFFFFFF : low | (1 << bits) - 1;
      int[][] chunks = new int[4][];
      int[] counts = {7, 0, 40, 13};
      int[] all = new int[60];
      int n = 0;
      for (int c = 0; c < chunks.length; c++) {
        chunks[c] = new int[counts[c] + c]; // room at the end that must not be read
        Arrays.fill(chunks[c], 12345);
        for (int i = 0; i < counts[c]; i++) {
          int key = bits == 0 ? low : low | (random.nextInt() & (bits == 32 ? -1 : (1 << bits) - 1) & ~(random.nextInt(3) == 0 ? 0xFF : 0));
          chunks[c][i] = key;
          all[n++] = key ^ Integer.MIN_VALUE;
        }
      }
      Arrays.sort(all);
      for (int index = 0; index < n; index++) {
        RadixSelect.Found found = RadixSelect.find(chunks, counts, index, low, high);
        int value = all[index];
        assertThat(found.value() ^ Integer.MIN_VALUE).as("%d bits, place %d", bits, index).isEqualTo(value);
        assertThat(found.below()).isEqualTo(Arrays.stream(all).filter(key -> key < value).count());
        assertThat(found.equal()).isEqualTo(Arrays.stream(all).filter(key -> key == value).count());
      }
    }
  }
}
