package dev.wootz.format;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Files too large for the test resources: in a folder {@code shared} beside the project or in a folder above it. */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file or folder of {@code shared}. Skips the test where it is absent. */
  public static Path find(String name) {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path found = folder.resolve("shared").resolve(name);
      if (Files.exists(found)) {
        return found;
      }
    }
    return Assumptions.abort("no shared/" + name + " beside the project");
  }
}
