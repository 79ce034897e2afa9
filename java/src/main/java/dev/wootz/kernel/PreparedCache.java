package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;

import dev.wootz.bindings.wz_kv_cache;
import dev.wootz.bindings.wz_kv_span;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/** The native structs of {@code kv_cache.h}, which are the same for every device. Each keeps its tensors, so that their memory outlives it. */
final class PreparedCache {
  private PreparedCache() {}

  record Pages(wz_kv_cache structs, List<Tensor> keys, List<Tensor> values) implements CacheKernels.Layers {
    static Pages of(List<Tensor> keys, List<Tensor> values, int device) {
      if (keys.isEmpty() || keys.size() != values.size()) {
        throw new KernelException("expected keys and values of one or more layers, found " + keys.size() + " and " + values.size());
      }
      wz_kv_cache structs = new wz_kv_cache(keys.size());
      try {
        for (int i = 0; i < keys.size(); i++) {
          PreparedAttention.fill(structs.position(i), keys.get(i), values.get(i), device);
        }
      } catch (Throwable e) {
        structs.close();
        throw e;
      }
      return new Pages(structs.position(0), List.copyOf(keys), List.copyOf(values));
    }

    int count() {
      return keys.size();
    }

    /** Throws where one of the tensors has been closed. */
    void checkOpen() {
      for (int i = 0; i < keys.size(); i++) {
        keys.get(i).address();
        values.get(i).address();
      }
    }

    @Override
    public void close() {
      structs.close();
    }
  }

  record Part(wz_kv_span struct, Tensor table) implements CacheKernels.Span {
    static Part of(Tensor table, int device) {
      wz_kv_span struct = new wz_kv_span();
      struct.table((IntPointer) NativeArguments.on(device, NativeArguments.checked(table, DType.I32))).pages(0).first(0);
      return new Part(struct, table);
    }

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

  /** Throws where something has been closed, or is too small. */
  static void checkMove(Pages layers, Part to, Part from, PreparedAttention.@Nullable Rotation delta) {
    layers.checkOpen();
    to.table().address();
    from.table().address();
    if (delta != null) {
      atLeast(delta.dim(), delta.table(), "the table of delta");
    }
  }
}
