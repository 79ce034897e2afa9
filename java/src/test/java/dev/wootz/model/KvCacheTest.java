package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.KernelException;
import dev.wootz.kernel.Threads;
import dev.wootz.model.rope.RotaryEmbedding;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies within a cache; what moves and turns is compared bit for bit with a plain model of it in Java. */
class KvCacheTest {
  private static final int LAYERS = 2;
  private static final int KV_HEADS = 3;
  private static final int HEAD_DIM = 32;
  private static final int PAGES = 7;
  private static final int TOKENS = KvCache.PAGE_TOKENS;

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "F8_E4M3", "Q8_0"})
  void copiesTheFirstTokensOfAPage(DType type) {
    try (KvCache cache = new KvCache(config(), Backend.cpu(null), type, PAGES)) {
      for (int tokens : new int[] {0, 1, 17, TOKENS}) {
        fill(cache, tokens);
        List<byte[]> expected = bytes(cache);
        for (byte[] tensor : expected) {
          int row = tensor.length / (PAGES * KV_HEADS * TOKENS);
          for (int head = 0; head < KV_HEADS; head++) {
            System.arraycopy(tensor, (5 * KV_HEADS + head) * TOKENS * row, tensor, (2 * KV_HEADS + head) * TOKENS * row, tokens * row);
          }
        }
        cache.copy(5, 2, tokens);
        assertThat(bytes(cache)).containsExactlyElementsOf(expected);
      }
    }
  }

  /** Up and down within the same pages, and between tables that share pages in another order. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "F8_E4M3", "Q8_0"})
  void movesTokensBitForBit(DType type) {
    int[] table = {3, 1, 6, 0};
    try (Threads threads = Threads.of(2);
        KvCache cache = new KvCache(config(), Backend.cpu(threads), type, PAGES)) {
      int[][][] tables = {{table, table}, {table, table}, {table, {6, 3, 0, 1}}, {{2, 4}, {5, 6}}, {{2, 4}, {5, 6}}};
      int[][] moves = {{3, 70, 150}, {70, 3, 150}, {9, 60, 180}, {0, 0, 0}, {63, 1, 65}};
      for (int m = 0; m < moves.length; m++) {
        fill(cache, m);
        int from = moves[m][0];
        int to = moves[m][1];
        int count = moves[m][2];
        List<byte[]> expected = bytes(cache);
        for (byte[] tensor : expected) {
          byte[] source = tensor.clone();
          int row = tensor.length / (PAGES * KV_HEADS * TOKENS);
          for (int head = 0; head < KV_HEADS; head++) {
            for (int i = 0; i < count; i++) {
              System.arraycopy(source, place(tables[m][0], head, from + i) * row, tensor, place(tables[m][1], head, to + i) * row, row);
            }
          }
        }
        cache.move(tables[m][0], from, tables[m][1], to, count, 0);
        assertThat(bytes(cache)).containsExactlyElementsOf(expected);
      }
    }
  }

  private static int place(int[] table, int head, int position) {
    return (table[position / TOKENS] * KV_HEADS + head) * TOKENS + position % TOKENS;
  }

  /** The config's rotary embedding has a scale (YaRN) and turns 8 of 32 elements; a turn within the cache must not scale. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void turnsKeysByTheModelsFrequencies(boolean interleaved) {
    RotaryEmbedding rope = interleaved ? ROPE.withInterleavedPairs() : ROPE;
    int rotate = -70;
    try (KvCache cache = new KvCache(config(rope), Backend.cpu(null), DType.F32, PAGES)) {
      Random random = new Random(7);
      for (Tensor tensor : cache.tensors()) {
        FloatBuffer cells = tensor.buffer().asFloatBuffer();
        while (cells.hasRemaining()) {
          cells.put((float) random.nextGaussian());
        }
      }
      List<float[]> before = floats(cache);
      int[] from = {3, 1};
      int[] to = {5, 4};
      cache.move(from, 75, to, 5, 50, rotate);
      List<float[]> after = floats(cache);
      for (int tensor = 0; tensor < before.size(); tensor++) {
        for (int head = 0; head < KV_HEADS; head++) {
          for (int i = 0; i < 50; i++) {
            int source = place(from, head, 75 + i) * HEAD_DIM;
            double[] expected = new double[HEAD_DIM];
            for (int c = 0; c < HEAD_DIM; c++) {
              expected[c] = before.get(tensor)[source + c];
            }
            for (int pair = 0; pair < 4 && tensor % 2 == 0; pair++) {
              int first = interleaved ? 2 * pair : pair;
              int second = interleaved ? first + 1 : pair + 4;
              double angle = rotate * rope.frequencies()[pair];
              double x = expected[first];
              expected[first] = x * Math.cos(angle) - expected[second] * Math.sin(angle);
              expected[second] = expected[second] * Math.cos(angle) + x * Math.sin(angle);
            }
            for (int c = 0; c < HEAD_DIM; c++) {
              assertThat((double) after.get(tensor)[place(to, head, 5 + i) * HEAD_DIM + c]).isCloseTo(expected[c], within(2e-6));
            }
          }
        }
      }
    }
  }

  /** In units of the last place of the larger element of the pair, 7 bits after its first: at most half of one is lost in each turn, by either. */
  @Test
  void thereAndBackIsWithinOneAndAHalfUnits() {
    try (KvCache cache = new KvCache(config(), Backend.cpu(null), DType.BF16, PAGES)) {
      Random random = new Random(1);
      for (Tensor tensor : cache.tensors()) {
        ShortBuffer cells = tensor.buffer().asShortBuffer();
        while (cells.hasRemaining()) {
          cells.put((short) (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16));
        }
      }
      int[] table = {2, 6, 0};
      List<float[]> before = bfloats(cache);
      for (int rotate : new int[] {1, 7700}) {
        cache.move(table, 10, table, 10, 150, rotate);
        assertThat(bfloats(cache).get(0)).isNotEqualTo(before.get(0));
        cache.move(table, 10, table, 10, 150, -rotate);
        List<float[]> after = bfloats(cache);
        for (int tensor = 0; tensor < before.size(); tensor++) {
          float[] x = before.get(tensor);
          float[] y = after.get(tensor);
          for (int i = 0; i < x.length; i++) {
            int c = i % HEAD_DIM;
            int pair = c >= 8 ? i : c < 4 ? i + 4 : i - 4;
            float larger = Math.max(Math.abs(x[i]), Math.abs(x[pair]));
            assertThat(Math.abs(x[i] - y[i])).isLessThanOrEqualTo(c >= 8 || tensor % 2 == 1 ? 0 : 1.5f * 0x1p-7f * Math.scalb(1f, Math.getExponent(larger)));
          }
        }
        before = after;
      }
    }
  }

  @Test
  void clearsWholePages() {
    try (KvCache cache = new KvCache(config(), Backend.cpu(null), DType.F8_E4M3, PAGES)) {
      fill(cache, 1);
      List<byte[]> expected = bytes(cache);
      for (byte[] tensor : expected) {
        int page = tensor.length / PAGES;
        Arrays.fill(tensor, 2 * page, 3 * page, (byte) 0);
        Arrays.fill(tensor, 6 * page, 7 * page, (byte) 0);
      }
      cache.clear(new int[] {6, 2, 4}, 2);
      assertThat(bytes(cache)).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void refusesWhatItDoesNotHave() {
    try (KvCache cache = new KvCache(config(), Backend.cpu(null), DType.BF16, PAGES)) {
      fill(cache, 1);
      List<byte[]> before = bytes(cache);
      refused(() -> cache.copy(PAGES, 0, 1), "fromPages[0]: found page 7, expected one of the cache's 7 pages");
      refused(() -> cache.copy(0, -1, 1), "toPages[0]: found page -1, expected one of the cache's 7 pages");
      refused(() -> cache.copy(0, 1, TOKENS + 1), "tokens: found 65, expected 0 to 64");
      int[] two = {0, 1};
      refused(() -> cache.move(two, 100, new int[] {2, 3}, 0, 29, 0), "fromPages: found 2 pages of 64 tokens, expected them to hold positions [100, 129)");
      refused(() -> cache.move(two, 0, new int[] {2, 3}, -1, 29, 0), "toPages: found 2 pages of 64 tokens, expected them to hold positions [-1, 28)");
      refused(() -> cache.move(two, 0, two, 0, -1, 0), "count: found -1, expected 0 or more");
      refused(() -> cache.move(two, 0, new int[20], 0, 20 * TOKENS, 0), "fromPages: found 2 pages");
      refused(() -> cache.move(new int[20], 0, new int[20], 0, 20 * TOKENS, 0), "fromPages: found 20 pages to use, expected at most the cache's 7");
      assertThatThrownBy(() -> cache.move(two, 0, new int[] {2, 2}, 0, 100, 0)).isInstanceOf(KernelException.class).hasMessageContaining("each page once");
      refused(() -> cache.clear(two, 3), "count: found 3, expected at most the 2 pages given");
      assertThat(bytes(cache)).containsExactlyElementsOf(before);
    }
    KvCache closed = new KvCache(config(), Backend.cpu(null), DType.BF16, PAGES);
    closed.close();
    assertThatThrownBy(() -> closed.copy(0, 1, 1)).isInstanceOf(IllegalStateException.class);
  }

  private static void refused(Runnable edit, String message) {
    assertThatThrownBy(edit::run).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(message);
  }

  private static final RotaryEmbedding ROPE = new RotaryEmbedding(8, new double[] {1, 0.25, 0.03, 0.001}, 1.25, false);

  private static ModelConfig config() {
    return config(ROPE);
  }

  private static ModelConfig config(RotaryEmbedding rope) {
    return new ModelConfig(
        Architecture.QWEN3, 100, 64, 64, LAYERS, 2 * KV_HEADS, KV_HEADS, HEAD_DIM, 1e-6, true, false, false, false, rope,
        Collections.nCopies(LAYERS, 0), null, 512, -1, List.of());
  }

  private static List<float[]> floats(KvCache cache) {
    return cache.tensors().stream().map(Tensor::toFloats).toList();
  }

  private static List<float[]> bfloats(KvCache cache) {
    List<float[]> all = new ArrayList<>();
    for (Tensor tensor : cache.tensors()) {
      ShortBuffer cells = tensor.buffer().asShortBuffer();
      float[] values = new float[cells.remaining()];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.intBitsToFloat(cells.get(i) << 16);
      }
      all.add(values);
    }
    return all;
  }

  private static void fill(KvCache cache, long seed) {
    Random random = new Random(seed);
    for (Tensor tensor : cache.tensors()) {
      byte[] bytes = new byte[(int) tensor.bytes()];
      random.nextBytes(bytes);
      tensor.buffer().put(bytes);
    }
  }

  private static List<byte[]> bytes(KvCache cache) {
    List<byte[]> all = new ArrayList<>();
    for (Tensor tensor : cache.tensors()) {
      byte[] bytes = new byte[(int) tensor.bytes()];
      tensor.buffer().get(bytes);
      all.add(bytes);
    }
    return all;
  }
}
