package dev.wootz.kernel;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/** Java values as the pointers of the C interface of one CUDA device, which all tensors must lie on. */
final class CudaArguments {
  private CudaArguments() {}

  /** Throws the message of a call that has failed. */
  static void check(int status) {
    if (status == wootz.WZ_OK) {
      return;
    }
    String message = wootz_cuda.wz_cuda_last_error().getString();
    if (status == wootz.WZ_OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(message);
    }
    throw status == wootz.WZ_DEVICE || status == wootz.WZ_INTERNAL ? new DeviceException(message) : new KernelException(message);
  }

  static FloatPointer floats(Tensor tensor, int device) {
    return (FloatPointer) NativeArguments.on(device, NativeArguments.checked(tensor, DType.F32));
  }

  static @Nullable FloatPointer floatsOrNull(@Nullable Tensor tensor, int device) {
    return tensor == null ? null : floats(tensor, device);
  }

  static IntPointer ints(Tensor tensor, int device) {
    return (IntPointer) NativeArguments.on(device, NativeArguments.checked(tensor, DType.I32));
  }

  static BytePointer bytes(Tensor tensor, int device) {
    return (BytePointer) NativeArguments.on(device, NativeArguments.checked(tensor, DType.U8));
  }
}
