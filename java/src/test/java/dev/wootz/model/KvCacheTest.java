package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.kernel.Backend;
import dev.wootz.model.rope.RotaryEmbedding;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @Test
  void refusesPagesAndTokensThatItDoesNotHave() {
    try (KvCache cache = new KvCache(config(), Backend.cpu(null), DType.BF16, PAGES)) {
      assertThatThrownBy(() -> cache.copy(PAGES, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> cache.copy(0, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> cache.copy(0, 1, TOKENS + 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  static ModelConfig config() {
    return new ModelConfig(
        Architecture.QWEN3, 100, 64, 64, LAYERS, 2 * KV_HEADS, KV_HEADS, HEAD_DIM, 1e-6, true, false, false, false,
        new RotaryEmbedding(8, new double[] {1, 0.25, 0.03, 0.001}, 1.25, false), Collections.nCopies(LAYERS, 0), null, 512, -1, List.of());
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
