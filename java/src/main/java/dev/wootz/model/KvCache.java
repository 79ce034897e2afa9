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
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<KvLayer> layers = new ArrayList<>();
  private final int[] onePageFrom = new int[1];
  private final int[] onePageTo = new int[1];
  private final CacheEdits edits;

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
        layers.add(backend.attention().kvLayer(pages(config, backend, elements), pages(config, backend, elements)));
      }
      edits = new CacheEdits(backend, config.rope(), tensors, pages);
    } catch (Throwable e) {
      free();
      throw e;
    }
  }

  private Tensor pages(ModelConfig config, Backend backend, long elements) {
    Memory piece = backend.stream().allocate(type.bytes(elements));
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
   * writes into a page that others read, too. Edits are for one thread at a time, and none may run while a step reads or writes the same pages.
   *
   * @param tokens 0 to {@link #PAGE_TOKENS}
   */
  public void copy(int fromPage, int toPage, int tokens) {
    if (tokens < 0 || tokens > PAGE_TOKENS) {
      throw new IllegalArgumentException("tokens: found " + tokens + ", expected 0 to " + PAGE_TOKENS);
    }
    onePageFrom[0] = fromPage;
    onePageTo[0] = toPage;
    edits.move(onePageFrom, 0, onePageTo, 0, tokens, 0);
  }

  /**
   * Makes the tokens at positions [from, from + count) of one block table those at [to, to + count) of another, keys and values of all layers. The
   * tables may share pages: the result is as if the source had been copied first.
   *
   * @param rotate by how many positions the keys turn, usually {@code to - from}; they are rounded once to the cache's type, so that turning them
   *     again and again makes them drift. 0 leaves their bits.
   */
  public void move(int[] fromPages, int from, int[] toPages, int to, int count, int rotate) {
    edits.move(fromPages, from, toPages, to, count, rotate);
  }

  /** Overwrites whole pages with zeros, in all layers: what was in them is gone. */
  public void clear(int[] pages, int count) {
    edits.clear(pages, count);
  }

  @Override
  public void close() {
    edits.close();
    free();
  }

  private void free() {
    layers.forEach(KvLayer::close);
    memory.forEach(Memory::close);
  }
}
