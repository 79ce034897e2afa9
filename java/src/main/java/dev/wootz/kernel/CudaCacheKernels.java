package dev.wootz.kernel;

import static dev.wootz.kernel.CudaArguments.check;
import static dev.wootz.kernel.CudaArguments.ints;
import static dev.wootz.kernel.NativeArguments.atLeast;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** {@link CacheKernels} on the stream of a CUDA device, as {@code cuda_kv_cache.h} says. Pools are of no use here. */
final class CudaCacheKernels implements CacheKernels {
  private final CudaStream stream;
  private final int device;

  CudaCacheKernels(CudaStream stream) {
    this.stream = stream;
    this.device = stream.device();
  }

  /** The pages, and room beside them that edits which read what they write need; it grows with the longest. */
  private static final class CudaPages implements Layers {
    final PreparedCache.Pages pages;
    @Nullable Memory scratch;

    CudaPages(PreparedCache.Pages pages) {
      this.pages = pages;
    }

    @Override
    public void close() {
      pages.close();
      if (scratch != null) {
        scratch.close();
        scratch = null;
      }
    }
  }

  @Override
  public Layers layers(List<Tensor> keys, List<Tensor> values) {
    return new CudaPages(PreparedCache.Pages.of(keys, values, device));
  }

  @Override
  public Span span(Tensor table) {
    return PreparedCache.Part.of(table, device);
  }

  @Override
  public void move(
      Layers layers, Span to, Span from, int count, boolean apart, AttentionKernels.@Nullable Rope delta, @Nullable Threads pool) {
    CudaPages in = (CudaPages) layers;
    PreparedCache.Part target = (PreparedCache.Part) to;
    PreparedCache.Part source = (PreparedCache.Part) from;
    PreparedAttention.Rotation rotation = (PreparedAttention.Rotation) delta;
    PreparedCache.checkMove(in.pages, target, source, rotation);
    check(
        wootz_cuda.wz_cuda_kv_move(
            in.pages.structs(), in.pages.count(), target.struct(), source.struct(), count, rotation == null ? null : rotation.struct(),
            apart ? null : scratch(in, count), stream.pointer()));
  }

  private @Nullable Pointer scratch(CudaPages in, int count) {
    long needed = wootz_cuda.wz_cuda_kv_move_scratch(in.pages.structs(), in.pages.count(), count);
    Memory known = in.scratch;
    if (known == null || known.bytes() < needed) {
      if (known != null) {
        in.scratch = null;
        known.close();
      }
      in.scratch = stream.allocate(Math.max(1, needed));
    }
    return new Tensor(in.scratch, 0, DType.U8, Shape.of(in.scratch.bytes())).pointer();
  }

  @Override
  public void clear(Layers layers, Tensor pages, int count, @Nullable Threads pool) {
    CudaPages in = (CudaPages) layers;
    in.pages.checkOpen();
    atLeast(count, pages, "pages");
    check(wootz_cuda.wz_cuda_kv_clear(in.pages.structs(), in.pages.count(), ints(pages, device), count, stream.pointer()));
  }
}
