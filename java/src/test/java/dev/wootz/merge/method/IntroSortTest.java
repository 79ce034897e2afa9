package dev.wootz.merge.method;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IntroSortTest {

  /** Random keys with many ties, all equal, ascending, descending, and two that drive the pivots into heapsort. */
  private static JsonNode cases() throws IOException {
    try (InputStream json = IntroSortTest.class.getResourceAsStream("/golden/torch-sort.json")) {
      return new ObjectMapper().readTree(json);
    }
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static long[] elements(int[] keys, boolean descending) {
    return IntStream.range(0, keys.length).mapToLong(i -> IntroSort.element(descending ? ~keys[i] : keys[i], i)).toArray();
  }

  private static int[] origins(long[] elements) {
    return Arrays.stream(elements).mapToInt(IntroSort::origin).toArray();
  }

  @Test
  void leavesEqualKeysInTheOrderOfTorchArgsort() throws IOException {
    for (JsonNode c : cases()) {
      int[] keys = ints(c.get("keys"));
      for (boolean descending : new boolean[] {false, true}) {
        int[] expected = ints(c.get(descending ? "descending" : "ascending"));
        long[] elements = elements(keys, descending);
        IntroSort.sort(elements);
        assertThat(origins(elements)).as(Arrays.toString(keys)).containsExactly(expected);
        for (int cut = 0; cut <= keys.length; cut++) {
          long[] halves = elements(keys, descending);
          IntroSort.cut(halves, cut);
          int[] front = Arrays.copyOf(origins(halves), cut);
          assertThat(front).as("first %d of %s", cut, Arrays.toString(keys)).containsExactlyInAnyOrder(Arrays.copyOf(expected, cut));
        }
      }
      int[] ranks = new int[keys.length];
      IntroSort.ranks(keys, 0, ranks);
      int[] order = ints(c.get("ascending"));
      for (int place = 0; place < order.length; place++) {
        assertThat(ranks[order[place]]).isEqualTo(place);
      }
    }
  }

  @Test
  void keepsOfEqualKeysThoseThatTorchTopkKeeps() throws IOException {
    for (JsonNode c : cases()) {
      int[] keys = ints(c.get("keys"));
      c.get("top")
          .properties()
          .forEach(
              top -> {
                int k = Integer.parseInt(top.getKey());
                long[] elements = elements(keys, true);
                IntroSort.smallest(elements, k);
                assertThat(Arrays.copyOf(origins(elements), k))
                    .as("top %d of %s", k, Arrays.toString(keys))
                    .containsExactlyInAnyOrder(ints(top.getValue()));
              });
    }
  }

  @Test
  void sortsUnsignedKeys() {
    Random random = new Random(2);
    int[] keys = IntStream.range(0, 5000).map(i -> random.nextInt()).toArray();
    long[] elements = elements(keys, false);
    IntroSort.sort(elements);
    long[] sorted = Arrays.stream(keys).mapToLong(Integer::toUnsignedLong).sorted().toArray();
    assertThat(Arrays.stream(elements).map(element -> element >>> Integer.SIZE).toArray()).containsExactly(sorted);
    long[] cut = elements(keys, false);
    IntroSort.cut(cut, 100, 4000);
    assertThat(Arrays.stream(cut).map(e -> e >>> Integer.SIZE).limit(100).max()).hasValue(sorted[99]);
    assertThat(Arrays.stream(cut).map(e -> e >>> Integer.SIZE).skip(4000).min()).hasValue(sorted[4000]);
  }
}
