package dev.wootz.kernel;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.cuda.wz_cuda_device;
import dev.wootz.bindings.global.wootz;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA device that operations can run on. It is looked for once, at the first question; where the CUDA library, a driver or a device
 * is missing there is none, and {@link #whyNone} says so in a sentence. Nothing of CUDA is loaded before that.
 *
 * @param capability compute capability: {@code "9.0"}
 * @param memory bytes
 */
public record CudaDevice(String name, String capability, int multiprocessors, long memory) {

  /** What the search found. */
  private record Search(@Nullable CudaDevice device, String reason) {}

  /** Searches when it is first used. */
  private static final class Found {
    static final Search SEARCH = search();

    private Found() {}
  }

  public static Optional<CudaDevice> find() {
    return Optional.ofNullable(Found.SEARCH.device());
  }

  /** Empty when there is a device. */
  public static String whyNone() {
    return Found.SEARCH.reason();
  }

  private static Search search() {
    try {
      if (wootz_cuda.wz_cuda_device_count() == 0) {
        return none(wootz_cuda.wz_cuda_last_error().getString());
      }
      try (wz_cuda_device device = new wz_cuda_device()) {
        if (wootz_cuda.wz_cuda_device_describe(0, device) != wootz.WZ_OK) {
          return none(wootz_cuda.wz_cuda_last_error().getString());
        }
        String capability = device.major() + "." + device.minor();
        return new Search(new CudaDevice(device.name().getString(), capability, device.multiprocessors(), device.memory()), "");
      }
    } catch (NoClassDefFoundError e) {
      return none("wootz-cuda is not on the class path");
    } catch (UnsatisfiedLinkError e) {
      return none("this build has no CUDA kernels for this platform");
    }
  }

  private static Search none(String reason) {
    return new Search(null, reason);
  }
}
