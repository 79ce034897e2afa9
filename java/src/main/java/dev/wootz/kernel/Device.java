package dev.wootz.kernel;

import dev.wootz.tensor.Memory;
import java.lang.System.Logger.Level;

/**
 * Where models compute: the processor, or a CUDA device by its number.
 *
 * @param number of the CUDA device, or {@link Memory#HOST}
 */
public record Device(int number) {
  private static final Device CPU = new Device(Memory.HOST);

  public Device {
    if (number < Memory.HOST) {
      throw new IllegalArgumentException("CUDA device " + number + ": expected 0 or more");
    }
  }

  /** The processor. */
  public static Device cpu() {
    return CPU;
  }

  /** A CUDA device. Throws {@link DeviceException}, which says why, where it is not there or cannot be used. */
  public static Device cuda(int number) {
    CudaDevice.require(number);
    return new Device(number);
  }

  /** The first CUDA device, or the processor where there is none; {@link #whyAutomatic} says why. */
  public static Device automatic() {
    return Choice.DEVICE;
  }

  /** Why {@link #automatic} is what it is, in a sentence. */
  public static String whyAutomatic() {
    return Choice.REASON;
  }

  /** Chosen once. */
  private static final class Choice {
    static final Device DEVICE = CudaDevice.find().isPresent() ? new Device(0) : CPU;
    static final String REASON =
        CudaDevice.find().map(device -> "CUDA device 0, " + device.name()).orElseGet(() -> CudaDevice.whyNone() + ", using the CPU");

    static {
      // Where there is no driver nobody expects its device to be used.
      if (DEVICE.isCuda() || CudaDevice.driverPresent()) {
        System.getLogger("dev.wootz").log(DEVICE.isCuda() ? Level.DEBUG : Level.WARNING, REASON);
      }
    }

    private Choice() {}
  }

  public boolean isCuda() {
    return number != Memory.HOST;
  }

  @Override
  public String toString() {
    return isCuda() ? "cuda:" + number : "cpu";
  }
}
