package dev.wootz.kernel;

import dev.wootz.bindings.cuda.global.wootz_cuda;
import dev.wootz.bindings.cuda.wz_cuda_device;
import dev.wootz.bindings.global.wootz;
import java.util.ArrayList;
import java.util.List;
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
    static final Search SEARCH = search(0);

    private Found() {}
  }

  public static Optional<CudaDevice> find() {
    return Optional.ofNullable(Found.SEARCH.device());
  }

  /** Empty when there is a device. */
  public static String whyNone() {
    return Found.SEARCH.reason();
  }

  /** All devices that operations can run on. */
  public static List<CudaDevice> all() {
    List<CudaDevice> devices = new ArrayList<>();
    for (int i = 0; find().isPresent() && i < wootz_cuda.wz_cuda_device_count(); i++) {
      CudaDevice device = search(i).device();
      if (device != null) {
        devices.add(device);
      }
    }
    return devices;
  }

  /** The driver's version and the oldest that this library runs on, {@code "13.0"}; the first is empty where there is none. */
  public static String[] driver() {
    try {
      int found = wootz_cuda.wz_cuda_driver_version();
      return new String[] {found == 0 ? "" : dotted(found), dotted(wootz_cuda.wz_cuda_driver_needed())};
    } catch (LinkageError e) {
      return new String[] {"", ""};
    }
  }

  private static String dotted(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  /** Whether there is a driver, be it one that cannot be used. */
  static boolean driverPresent() {
    try {
      return wootz_cuda.wz_cuda_driver_version() > 0;
    } catch (LinkageError e) {
      return false;
    }
  }

  /** The device with this number. Throws {@link DeviceException} where it is not there or cannot be used. */
  static CudaDevice require(int number) {
    Search found = number == 0 ? Found.SEARCH : search(number);
    if (found.device() == null) {
      throw new DeviceException("CUDA device " + number + " cannot be used: " + found.reason());
    }
    return found.device();
  }

  /** Bytes that are free at this moment. */
  static long freeMemory(int number) {
    try (wz_cuda_device device = new wz_cuda_device()) {
      CudaArguments.check(wootz_cuda.wz_cuda_device_describe(number, device));
      return device.free_memory();
    }
  }

  private static Search search(int number) {
    try {
      int count = wootz_cuda.wz_cuda_device_count();
      if (count == 0) {
        return none(wootz_cuda.wz_cuda_last_error().getString());
      }
      if (number >= count) {
        return none("the devices are 0 to " + (count - 1));
      }
      try (wz_cuda_device device = new wz_cuda_device()) {
        if (wootz_cuda.wz_cuda_device_describe(number, device) != wootz.WZ_OK) {
          return none(wootz_cuda.wz_cuda_last_error().getString());
        }
        String capability = device.major() + "." + device.minor();
        return new Search(new CudaDevice(device.name().getString(), capability, device.multiprocessors(), device.memory()), "");
      }
    } catch (NoClassDefFoundError e) {
      return none("wootz-cuda is not on the class path");
    } catch (UnsatisfiedLinkError e) {
      String message = String.valueOf(e.getMessage());
      return none(message.startsWith("WOOTZ_CUDA") ? message : "this build has no CUDA kernels for this platform");
    }
  }

  private static Search none(String reason) {
    return new Search(null, reason);
  }
}
