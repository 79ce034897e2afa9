package dev.wootz.format;

import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Room on the disk: asked for before the first byte is written, and recognised when it runs out all the same. */
final class DiskSpace {
  /** What Linux, macOS and Windows say; Java passes the system's text on and has no type for the error. */
  private static final List<String> EXHAUSTED =
      List.of("no space left", "disk quota exceeded", "not enough space on the disk", "disk full");

  private DiskSpace() {}

  /** Throws {@link FormatException} (DISK_FULL) when the disk of an existing {@code folder} has fewer than {@code needed} bytes left. */
  static void require(Path folder, long needed) {
    OptionalLong usable = usable(folder);
    // Some network and container file systems report 0 when they do not know; on a disk that is full the first write fails.
    if (usable.isPresent() && usable.getAsLong() > 0 && usable.getAsLong() < needed) {
      throw new FormatException(
          Reason.DISK_FULL, folder, "needs " + needed + " bytes on its disk, found " + usable.getAsLong() + " usable");
    }
  }

  static boolean isExhausted(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return EXHAUSTED.stream().anyMatch(message::contains);
  }

  static String describe(Path path) {
    OptionalLong usable = usable(path);
    return usable.isPresent() ? usable.getAsLong() + " bytes usable" : "usable bytes unknown";
  }

  /** Empty where the system does not tell. */
  private static OptionalLong usable(Path path) {
    try {
      long bytes = Files.getFileStore(path).getUsableSpace();
      return bytes >= 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
