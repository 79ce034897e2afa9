package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels.KvLayer;
import dev.wootz.kernel.Backend;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of all layers, in pages of {@link #PAGE_TOKENS} tokens. A page number means the same page in every layer; who owns which
 * page is for others to know. Memory that no token has reached is reserved, not used.
 */
public final class KvCache implements AutoCloseable {
  public static final int PAGE_TOKENS = 64;

  private final DType type;
  private final int pages;
  private final List<Memory> memory = new ArrayList<>();
  private final List<KvLayer> layers = new ArrayList<>();

  /**
   * @param type f32, f16, bf16, f8_e4m3 or q8_0
   * @param pages of {@link #PAGE_TOKENS} tokens
   */
  public KvCache(ModelConfig config, Backend backend, DType type, int pages) {
    if (type.block() && config.headDim() % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "a cache of type " + type + " needs heads of whole blocks of " + type.blockElements() + " elements, this model's have " + config.headDim());
    }
    this.type = type;
    this.pages = pages;
    long elements = (long) pages * config.kvHeads() * PAGE_TOKENS * config.headDim();
    try {
      for (int i = 0; i < config.layers(); i++) {
        layers.add(backend.attention().kvLayer(pages(config, elements), pages(config, elements)));
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private Tensor pages(ModelConfig config, long elements) {
    Memory piece = Memory.allocate(type.bytes(elements));
    memory.add(piece);
    return Tensor.over(piece, type, pages, config.kvHeads(), PAGE_TOKENS, config.headDim());
  }

  KvLayer layer(int index) {
    return layers.get(index);
  }

  public DType type() {
    return type;
  }

  public int pages() {
    return pages;
  }

  /** Of keys and values of one page in all layers. */
  public long pageBytes() {
    return memory.stream().mapToLong(Memory::bytes).sum() / pages;
  }

  @Override
  public void close() {
    layers.forEach(KvLayer::close);
    memory.forEach(Memory::close);
  }
}
