package dev.wootz.kernel;

/** A device, or its driver, refused or failed; the message has the driver's own words. */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DeviceException(String message) {
    super(message);
  }
}
