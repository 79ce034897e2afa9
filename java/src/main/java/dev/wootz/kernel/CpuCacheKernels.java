package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pool;

import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.Memory;
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

  @Override
  public Layers layers(List<Tensor> keys, List<Tensor> values) {
    return PreparedCache.Pages.of(keys, values, Memory.HOST);
  }

  @Override
  public Span span(Tensor table) {
    return PreparedCache.Part.of(table, Memory.HOST);
  }

  @Override
  public void move(
      Layers layers, Span to, Span from, int count, boolean apart, AttentionKernels.@Nullable Rope delta, @Nullable Threads pool) {
    PreparedCache.Pages in = (PreparedCache.Pages) layers;
    PreparedCache.Part target = (PreparedCache.Part) to;
    PreparedCache.Part source = (PreparedCache.Part) from;
    PreparedAttention.Rotation rotation = (PreparedAttention.Rotation) delta;
    PreparedCache.checkMove(in, target, source, rotation);
    check(
        wootz.wz_kv_move(
            in.structs(), in.count(), target.struct(), source.struct(), count, rotation == null ? null : rotation.struct(), pool(pool)));
  }

  @Override
  public void clear(Layers layers, Tensor pages, int count, @Nullable Threads pool) {
    PreparedCache.Pages in = (PreparedCache.Pages) layers;
    in.checkOpen();
    atLeast(count, pages, "pages");
    check(wootz.wz_kv_clear(in.structs(), in.count(), ints(pages), count, pool(pool)));
  }
}
