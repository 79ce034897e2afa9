package dev.wootz.format;

import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Whole files, written beside their place under a hidden name and then renamed: who looks at the final name sees the old file or the new
 * one, never a part. When writing fails the hidden file is removed. Not disturbed by interrupts: these files are small.
 */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** Writes a file, in place of an existing one. Throws {@link FormatException} (DISK_FULL, WRITE_FAILED). */
  public static void write(Path file, byte[] content) {
    replace(file, out -> out.write(content));
  }

  /**
   * Copies the content of {@code source} (of what it points to, if it is a link: the Hugging Face cache is full of them), in place of an
   * existing {@code target}. Permissions are those of a new file.
   */
  public static void copy(Path source, Path target) {
    replace(target, out -> Files.copy(source, out));
  }

  /** Copies files into a folder under their own names: a checkpoint's {@link Checkpoint#companions}. */
  public static void copyInto(Iterable<Path> sources, Path folder) {
    for (Path source : sources) {
      copy(source, folder.resolve(source.getFileName()));
    }
  }

  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  static void replace(Path file, Content content) {
    Path beside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      // Not Files.createTempFile, which hides the file from everyone but its owner.
      try (OutputStream out = Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(out);
      }
      move(beside, file);
    } catch (IOException e) {
      FormatException failure = failure(file, e);
      try {
        Files.deleteIfExists(beside);
      } catch (IOException left) {
        failure.addSuppressed(left);
      }
      throw failure;
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static FormatException failure(Path file, IOException e) {
    if (DiskSpace.isExhausted(e)) {
      String room = DiskSpace.describe(file.toAbsolutePath().getParent());
      return new FormatException(Reason.DISK_FULL, file, null, "cannot write the file: the disk is full, " + room, e);
    }
    // The message of these two is the name of a file alone.
    String why = e instanceof NoSuchFileException ? "there is no " + e.getMessage() : e.getMessage();
    return new FormatException(Reason.WRITE_FAILED, file, null, "cannot write the file: " + why, e);
  }
}
