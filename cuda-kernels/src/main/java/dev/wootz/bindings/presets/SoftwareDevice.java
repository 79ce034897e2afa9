package dev.wootz.bindings.presets;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The CUDA device in software in place of a card: where the environment variable {@code WOOTZ_CUDA} (or the system property {@code
 * wootz.cuda}) is {@code software} or {@code software:FOLDER}, its two libraries are loaded before JavaCPP looks for the CUDA library, which
 * then finds it there. FOLDER is where CMake put them; without it, that of the build that this class comes from. Made for tests: slow.
 */
final class SoftwareDevice {
  private static final String ASKED = "software";

  private SoftwareDevice() {}

  /** Throws {@link UnsatisfiedLinkError} where the libraries are asked for and not there. */
  static void loadIfAsked() {
    String value = System.getProperty("wootz.cuda", System.getenv("WOOTZ_CUDA"));
    if (value == null || value.isEmpty() || !bindingIsThere()) {
      return;
    }
    if (!value.equals(ASKED) && !value.startsWith(ASKED + ":")) {
      throw new UnsatisfiedLinkError("WOOTZ_CUDA: found '" + value + "', expected 'software' or 'software:FOLDER'");
    }
    Path folder = value.equals(ASKED) ? ofThisBuild() : Path.of(value.substring(ASKED.length() + 1)).toAbsolutePath();
    // In this order: the second takes the first for the CUDA runtime, and the binding the second for the CUDA library, by their names.
    for (String name : new String[] {"libcudart.so.13", "libwootz_cuda.so.0"}) {
      Path library = folder.resolve(name);
      if (!Files.exists(library)) {
        throw new UnsatisfiedLinkError("WOOTZ_CUDA=" + value + ": no " + library + "; it is built with the tests of cuda-kernels, where nvcc is");
      }
      System.load(library.toString());
    }
  }

  /** Not while the build generates it. */
  private static boolean bindingIsThere() {
    return SoftwareDevice.class.getResource("/dev/wootz/bindings/cuda/global/wootz_cuda.class") != null;
  }

  /** {@code cuda-kernels/target/cmake/software}, from {@code cuda-kernels/target/classes} or a jar beside it. */
  private static Path ofThisBuild() {
    URI classes = URI.create(SoftwareDevice.class.getProtectionDomain().getCodeSource().getLocation().toString());
    return new File(classes).toPath().resolveSibling("cmake").resolve(ASKED);
  }
}
