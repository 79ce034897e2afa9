package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.CacheKernels;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.Mirror;
import dev.wootz.model.rope.RotaryEmbedding;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;

/** What edits of a {@link KvCache} need beside its pages: block tables and the angles of a rotation, in memory that every edit uses again. */
final class CacheEdits implements AutoCloseable {
  private final Backend backend;
  private final RotaryEmbedding rope;
  private final int pages;
  private final DeviceStream stream;
  private final Mirror ints;
  private final Memory memory;
  private final IntBuffer position;
  private final Tensor positionTensor;
  private final Tensor angles;
  private final Table to;
  private final Table from;
  private final CacheKernels.Layers layers;
  private final AttentionKernels.Rope delta;

  /**
   * @param tensors keys and values of each layer in turn
   * @param pages of the cache
   */
  CacheEdits(Backend backend, RotaryEmbedding rope, List<Tensor> tensors, int pages) {
    this.backend = backend;
    this.rope = rope;
    this.pages = pages;
    // A span as long as the cache may begin and end in the midst of a page.
    int entries = pages + 1;
    stream = backend.stream();
    ints = new Mirror(stream, DType.I32, 1 + 2L * entries);
    try {
      memory = stream.allocate((long) rope.dim() * Float.BYTES);
    } catch (Throwable e) {
      ints.close();
      throw e;
    }
    positionTensor = ints.device().flat(0, 1);
    position = ints.host().flat(0, 1).buffer().asIntBuffer();
    to = new Table("toPages", 1, entries);
    from = new Table("fromPages", 1 + entries, entries);
    angles = new Tensor(memory, 0, DType.F32, Shape.of(1, rope.dim()));
    List<Tensor> keys = new ArrayList<>();
    List<Tensor> values = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i += 2) {
      keys.add(tensors.get(i));
      values.add(tensors.get(i + 1));
    }
    layers = backend.cache().layers(keys, values);
    delta = backend.attention().rope(angles, rope.dim(), rope.interleaved());
  }

  /** A block table and the part of it that an edit means. */
  private final class Table implements AutoCloseable {
    final String name;
    final Tensor tensor;
    final IntBuffer buffer;
    final CacheKernels.Span span;

    Table(String name, int first, int entries) {
      this.name = name;
      this.tensor = ints.device().flat(first, entries);
      this.buffer = ints.host().flat(first, entries).buffer().asIntBuffer();
      this.span = backend.cache().span(tensor);
    }

    /** Entries that count. */
    int used;

    /** The pages of positions [first, first + count), from the table's beginning on. */
    void set(int[] table, int first, int count) {
      int page = KvCache.PAGE_TOKENS;
      if (first < 0 || (long) first + count > (long) table.length * page) {
        throw new IllegalArgumentException(
            name + ": found " + table.length + " pages of " + page + " tokens, expected them to hold positions [" + first + ", " + ((long) first + count) + ")");
      }
      int begin = first / page;
      int end = count == 0 ? begin : (first + count - 1) / page + 1;
      if (end - begin > buffer.capacity()) {
        throw new IllegalArgumentException(name + ": found " + (end - begin) + " pages to use, expected at most the cache's " + pages);
      }
      put(table, begin, end);
      span.set(end - begin, first - begin * page);
    }

    void put(int[] table, int begin, int end) {
      for (int i = begin; i < end; i++) {
        if (table[i] < 0 || table[i] >= pages) {
          throw new IllegalArgumentException(name + "[" + i + "]: found page " + table[i] + ", expected one of the cache's " + pages + " pages");
        }
      }
      buffer.put(0, table, begin, end - begin);
      used = end - begin;
    }

    boolean has(int page) {
      for (int i = 0; i < used; i++) {
        if (buffer.get(i) == page) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void close() {
      span.close();
    }
  }

  void move(int[] fromPages, int first, int[] toPages, int target, int count, int rotate) {
    synchronized (stream) { // see DeviceStream.record: an edit may come from another thread than the steps
      moveAlone(fromPages, first, toPages, target, count, rotate);
    }
  }

  private void moveAlone(int[] fromPages, int first, int[] toPages, int target, int count, int rotate) {
    check(count);
    from.set(fromPages, first, count);
    to.set(toPages, target, count);
    position.put(0, rotate);
    ints.upload(ints.host().bytes());
    if (rotate != 0) {
      // Scale 1: a key in the cache has been multiplied by the model's already.
      backend.attention().ropeTable(angles, positionTensor, rope.frequencies(), 1, 1);
    }
    backend.cache().move(layers, to.span, from.span, count, apart(), rotate == 0 ? null : delta, backend.pool());
  }

  /** Whether no page is in both tables. */
  private boolean apart() {
    for (int i = 0; i < to.used; i++) {
      if (from.has(to.buffer.get(i))) {
        return false;
      }
    }
    return true;
  }

  void clear(int[] table, int count) {
    synchronized (stream) {
      clearAlone(table, count);
    }
  }

  private void clearAlone(int[] table, int count) {
    check(count);
    if (count > table.length) {
      throw new IllegalArgumentException("count: found " + count + ", expected at most the " + table.length + " pages given");
    }
    for (int done = 0; done < count; ) {
      int some = Math.min(count - done, to.buffer.capacity());
      if (done > 0) {
        stream.synchronize(); // the table before is still to be read
      }
      to.put(table, done, done + some);
      ints.upload((1L + some) * Integer.BYTES);
      backend.cache().clear(layers, to.tensor, some, backend.pool());
      done += some;
    }
  }

  private void check(int count) {
    memory.address(); // buffers do not know that their memory has been closed
    stream.synchronize(); // nor that the device is still to read what an edit before has put into them
    if (count < 0) {
      throw new IllegalArgumentException("count: found " + count + ", expected 0 or more");
    }
  }

  @Override
  public void close() {
    layers.close();
    delta.close();
    to.close();
    from.close();
    memory.close();
    ints.close();
  }
}
