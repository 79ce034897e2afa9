package dev.wootz.kernel;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_gta;
import dev.wootz.bindings.wz_gta_model;
import dev.wootz.bindings.wz_model;
import dev.wootz.bindings.wz_threads;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** Java values as the structs and pointers of the C interface. Structs are native: the caller closes them. */
final class NativeArguments {
  private NativeArguments() {}

  /** What lies in the host's memory: the processor cannot read that of a device. */
  static Pointer pointer(Tensor tensor) {
    return on(Memory.HOST, tensor);
  }

  /** What lies on a CUDA device, or on the host. */
  static Pointer on(int device, Tensor tensor) {
    int found = tensor.memory().device();
    if (found != device) {
      throw new KernelException("expected a tensor on " + place(device) + ", found " + tensor + " on " + place(found));
    }
    return tensor.pointer();
  }

  private static String place(int device) {
    return device == Memory.HOST ? "the host" : "CUDA device " + device;
  }

  static FloatPointer floats(Tensor tensor) {
    return (FloatPointer) pointer(checked(tensor, DType.F32));
  }

  static IntPointer ints(Tensor tensor) {
    return (IntPointer) pointer(checked(tensor, DType.I32));
  }

  static BytePointer bytes(Tensor tensor) {
    return (BytePointer) pointer(checked(tensor, DType.U8));
  }

  static Tensor checked(Tensor tensor, DType type) {
    if (tensor.dtype() != type) {
      throw new KernelException("expected a tensor of type " + type + ", found " + tensor.dtype());
    }
    return tensor;
  }

  static void sameElements(long expected, Tensor tensor, String what) {
    if (tensor.elements() != expected) {
      throw new KernelException(what + " has " + tensor.elements() + " elements, expected " + expected);
    }
  }

  static void atLeast(long needed, Tensor tensor, String what) {
    if (needed < 0 || tensor.elements() < needed) {
      throw new KernelException(what + " has " + tensor.elements() + " elements, expected " + needed + " or more");
    }
  }

  static void bytesAtLeast(long needed, Tensor tensor, String what) {
    if (tensor.bytes() < needed) {
      throw new KernelException(what + " has " + tensor.bytes() + " bytes, expected at least " + needed);
    }
  }

  static @Nullable wz_threads pool(@Nullable Threads threads) {
    return threads == null ? null : threads.pool();
  }

  /** Throws the message of a call that has failed. */
  static void check(int status) {
    if (status != wootz.WZ_OK) {
      throw new KernelException(wootz.wz_last_error().getString());
    }
  }

  static wz_model model(@Nullable Tensor x) {
    wz_model model = new wz_model(1);
    fill(model, x);
    return model;
  }

  static wz_model models(List<Tensor> x, long elements) {
    wz_model models = new wz_model(Math.max(1, x.size()));
    for (int i = 0; i < x.size(); i++) {
      sameElements(elements, x.get(i), "model " + i);
      fill(models.position(i), x.get(i));
    }
    return models.position(0);
  }

  private static void fill(wz_model model, @Nullable Tensor x) {
    model.x(x == null ? null : pointer(x));
    model.dtype(x == null ? 0 : x.dtype().code());
  }

  static wz_gta gta(@Nullable Tensor out, Tensor base, Kernels.Gta gta) {
    wz_gta result = new wz_gta();
    result.out(out == null ? null : pointer(out)).out_dtype(out == null ? 0 : out.dtype().code());
    result.base(pointer(base)).base_dtype(base.dtype().code());
    result.arithmetic(gta.arithmetic().code());
    result.consensus(gta.consensus() ? 1 : 0).normalize(gta.normalize() ? 1 : 0);
    return result.lambda(gta.lambda()).first(gta.first()).cols(base.shape().cols());
  }

  static wz_gta_model gtaModels(List<GtaModel> models, long elements) {
    wz_gta_model result = new wz_gta_model(Math.max(1, models.size()));
    for (int i = 0; i < models.size(); i++) {
      GtaModel model = models.get(i);
      sameElements(elements, model.x(), "model " + i);
      if (model.mask() != null) {
        sameElements(elements, model.mask(), "the mask of model " + i);
      }
      wz_gta_model at = result.position(i);
      at.x(pointer(model.x())).dtype(model.x().dtype().code());
      at.sparsifier(model.sparsifier().ordinal()).weight(model.weight()).rescale(model.rescale());
      at.inverse_probability(model.inverseProbability() ? 1 : 0);
      at.key(model.key()).density(model.density()).epsilon(model.epsilon());
      at.mask(model.mask() == null ? null : bytes(model.mask()));
      fill(at, model.range());
    }
    return result.position(0);
  }

  /** A selection without a model; null selects everything. */
  static @Nullable wz_gta_model selection(@Nullable MagnitudeRange range) {
    if (range == null) {
      return null;
    }
    wz_gta_model result = new wz_gta_model(1);
    result.x(null).dtype(0).mask(null);
    result.sparsifier(GtaModel.Sparsifier.KEEP_RANGE.ordinal()).weight(1).rescale(1).inverse_probability(0);
    result.key(0).density(1).epsilon(0);
    fill(result, range);
    return result;
  }

  private static void fill(wz_gta_model model, MagnitudeRange range) {
    model.low(range.low()).high(range.high());
    model.low_ties(range.lowTies()).high_ties(range.highTies());
    model.low_seen(range.lowSeen()).high_seen(range.highSeen());
  }
}
