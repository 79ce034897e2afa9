package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels.KvLayer;
import dev.wootz.kernel.Backend;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of all layers, in pages of {@link #PAGE_TOKENS} tokens. A page number means the same page in every layer; who owns which
 * page is for others to know. Memory that no token has reached is reserved, not used.
 */
public final class KvCache implements AutoCloseable {
  public static final int PAGE_TOKENS = 64;

  private final DType type;
  private final int pages;
  private final int kvHeads;

  /** Of one token's keys, or values, of one head. */
  private final long rowBytes;

  private final List<Memory> memory = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();
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
    this.kvHeads = config.kvHeads();
    this.rowBytes = type.bytes(config.headDim());
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
    Tensor tensor = Tensor.over(piece, type, pages, config.kvHeads(), PAGE_TOKENS, config.headDim());
    tensors.add(tensor);
    return tensor;
  }

  /** Keys and values of each layer in turn, [pages, kvHeads, pageTokens, headDim]. */
  List<Tensor> tensors() {
    return tensors;
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

  /**
   * Copies the first tokens of a page to the same places of another, keys and values of all layers, bit for bit: what a sequence does before it
   * writes into a page that others read, too.
   *
   * @param tokens 0 to {@link #PAGE_TOKENS}
   */
  public void copy(int fromPage, int toPage, int tokens) {
    Objects.checkIndex(fromPage, pages);
    Objects.checkIndex(toPage, pages);
    Objects.checkIndex(tokens, PAGE_TOKENS + 1);
    long headBytes = PAGE_TOKENS * rowBytes;
    for (Memory piece : memory) {
      for (int head = 0; head < kvHeads; head++) {
        ByteBuffer from = piece.buffer(((long) fromPage * kvHeads + head) * headBytes, tokens * rowBytes);
        piece.buffer(((long) toPage * kvHeads + head) * headBytes, tokens * rowBytes).put(from);
      }
    }
  }

  /** Overwrites pages with zeros. */
  public void clear(int[] which, int count) {
    byte[] zeros = new byte[Math.toIntExact(kvHeads * PAGE_TOKENS * rowBytes)];
    for (int i = 0; i < count; i++) {
      for (Memory piece : memory) {
        piece.buffer(which[i] * (long) zeros.length, zeros.length).put(zeros);
      }
    }
  }

  @Override
  public void close() {
    layers.forEach(KvLayer::close);
    memory.forEach(Memory::close);
  }
}
