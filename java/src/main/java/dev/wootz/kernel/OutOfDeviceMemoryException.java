package dev.wootz.kernel;

/** A device has not as much free memory as was asked for. What was there before is as it was. */
public final class OutOfDeviceMemoryException extends DeviceException {
  private static final long serialVersionUID = 1;

  public OutOfDeviceMemoryException(String message) {
    super(message);
  }
}
