package dev.wootz.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A folder that is written under a hidden name beside its place and renamed when it is complete; otherwise it vanishes. */
public final class PartialFolder implements AutoCloseable {
  private final Path target;
  private final Path path;
  private final boolean replace;

  private PartialFolder(Path target, Path path, boolean replace) {
    this.target = target;
    this.path = path;
    this.replace = replace;
  }

  /** Throws {@link FileAlreadyExistsException} (unchecked) when {@code target} exists and is not an empty folder. */
  public static PartialFolder beside(Path target) {
    return beside(target, false);
  }

  /** A folder that is there is deleted when the new one is complete. Throws {@link FileAlreadyExistsException} (unchecked) for a file. */
  public static PartialFolder replacing(Path target) {
    return beside(target, true);
  }

  private static PartialFolder beside(Path target, boolean replace) {
    Path absolute = target.toAbsolutePath().normalize();
    try {
      if (occupied(absolute) && !(replace && Files.isDirectory(absolute))) {
        throw new FileAlreadyExistsException(target.toString());
      }
      Path parent = absolute.getParent();
      if (parent == null) {
        throw new FileAlreadyExistsException(target.toString());
      }
      Files.createDirectories(parent);
      Path path = parent.resolve("." + absolute.getFileName() + "." + UUID.randomUUID() + ".partial");
      return new PartialFolder(absolute, Files.createDirectory(path), replace);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean occupied(Path target) throws IOException {
    if (!Files.isDirectory(target)) {
      return Files.exists(target);
    }
    try (Stream<Path> content = Files.list(target)) {
      return content.findAny().isPresent();
    }
  }

  /** The folder as long as it is incomplete. */
  public Path path() {
    return path;
  }

  /** Gives the folder its name; what had the name before is deleted only afterwards. */
  public void publish() {
    try {
      Path old = null;
      if (replace && occupied(target)) {
        old = path.resolveSibling(path.getFileName() + ".replaced");
        Files.move(target, old);
      } else {
        Files.deleteIfExists(target); // an empty folder, or nothing
      }
      Files.move(path, target);
      if (old != null) {
        delete(old);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes what has not been published. */
  @Override
  public void close() {
    if (!Files.exists(path)) {
      return;
    }
    try {
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> content = Files.walk(folder)) {
      List<Path> deepestFirst = content.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }
}
