package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pool;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_kv_cache;
import dev.wootz.bindings.wz_kv_span;
import dev.wootz.kernel.CpuAttentionKernels.CpuRope;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Edits of a cache in the computer's memory. Checks what only Java knows, the sizes of its arguments; the library checks their values. */
public final class CpuCacheKernels implements CacheKernels {
  private static final CpuCacheKernels INSTANCE = new CpuCacheKernels();

  private CpuCacheKernels() {}

  public static CacheKernels get() {
    return INSTANCE;
  }

  /** The tensors are kept, so that their memory outlives the structs. */
  private record CpuLayers(wz_kv_cache structs, List<Tensor> keys, List<Tensor> values) implements Layers {
    @Override
    public void close() {
      structs.close();
    }

    /** Throws where one of the tensors has been closed. */
    void checkOpen() {
      for (int i = 0; i < keys.size(); i++) {
        keys.get(i).address();
        values.get(i).address();
      }
    }
  }

  @Override
  public Layers layers(List<Tensor> keys, List<Tensor> values) {
    if (keys.isEmpty() || keys.size() != values.size()) {
      throw new KernelException("expected keys and values of one or more layers, found " + keys.size() + " and " + values.size());
    }
    wz_kv_cache structs = new wz_kv_cache(keys.size());
    try {
      for (int i = 0; i < keys.size(); i++) {
        CpuAttentionKernels.fill(structs.position(i), keys.get(i), values.get(i));
      }
    } catch (Throwable e) {
      structs.close();
      throw e;
    }
    return new CpuLayers(structs.position(0), List.copyOf(keys), List.copyOf(values));
  }

  private record CpuSpan(wz_kv_span struct, Tensor table) implements Span {
    @Override
    public void set(int pages, int first) {
      atLeast(pages, table, "a block table");
      struct.pages(pages).first(first);
    }

    @Override
    public void close() {
      struct.close();
    }
  }

  @Override
  public Span span(Tensor table) {
    wz_kv_span struct = new wz_kv_span();
    struct.table(ints(table)).pages(0).first(0);
    return new CpuSpan(struct, table);
  }

  @Override
  public void move(Layers layers, Span to, Span from, int count, AttentionKernels.@Nullable Rope delta, @Nullable Threads pool) {
    CpuLayers in = (CpuLayers) layers;
    CpuSpan target = (CpuSpan) to;
    CpuSpan source = (CpuSpan) from;
    CpuRope rotation = (CpuRope) delta;
    in.checkOpen();
    target.table.address();
    source.table.address();
    if (rotation != null) {
      atLeast(rotation.dim(), rotation.table(), "the table of delta");
    }
    check(
        wootz.wz_kv_move(
            in.structs, in.keys.size(), target.struct, source.struct, count, rotation == null ? null : rotation.struct(), pool(pool)));
  }

  @Override
  public void clear(Layers layers, Tensor pages, int count, @Nullable Threads pool) {
    CpuLayers in = (CpuLayers) layers;
    in.checkOpen();
    atLeast(count, pages, "pages");
    check(wootz.wz_kv_clear(in.structs, in.keys.size(), ints(pages), count, pool(pool)));
  }
}
