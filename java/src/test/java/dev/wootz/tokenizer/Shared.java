package dev.wootz.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Vocabularies and golden ids too large for the sources: in {@code shared} beside the project or in a folder above it. */
final class Shared {
  private Shared() {}

  /** A file of it; without it the test is skipped and says so. */
  static Path file(String name) {
    String told = System.getProperty("wootz.shared");
    for (Path folder = Path.of("").toAbsolutePath(); told == null && folder != null; folder = folder.getParent()) {
      Path file = folder.resolve("shared").resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    Path file = told == null ? null : Path.of(told).resolve(name);
    Assumptions.assumeTrue(file != null && Files.exists(file), "no shared/" + name + " beside the project");
    return file;
  }
}
