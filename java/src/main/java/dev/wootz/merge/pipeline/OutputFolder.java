package dev.wootz.merge.pipeline;

import dev.wootz.merge.MergeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;

/**
 * Where a merge writes: a hidden folder beside the final one, which gets the final name when everything is in it. Nobody ever sees half
 * a model under the name that was asked for.
 */
final class OutputFolder {
  private static final String JOURNAL = ".journal";

  private final Path target;
  private final Path partial;

  OutputFolder(Path target) {
    this.target = target.toAbsolutePath().normalize();
    Path name = this.target.getFileName();
    if (name == null) {
      throw new MergeException("cannot write a model into " + this.target);
    }
    this.partial = this.target.resolveSibling("." + name + ".unfinished");
  }

  Path target() {
    return target;
  }

  Path partial() {
    return partial;
  }

  /** What is finished in {@link #partial}. */
  Path journal() {
    return partial.resolve(JOURNAL);
  }

  /** Whether the final folder holds something. Throws {@link MergeException} when it is a file. */
  boolean occupied() {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    if (!Files.isDirectory(target)) {
      throw new MergeException(target + " is a file; a merge writes a folder");
    }
    try (Stream<Path> entries = Files.list(target)) {
      return entries.findAny().isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + target + ": " + e.getMessage(), e);
    }
  }

  /** Creates the unfinished folder, or keeps the one that is there. */
  void create(long bytes) {
    try {
      Files.createDirectories(partial);
      long usable = Files.getFileStore(partial).getUsableSpace();
      long there = size(partial);
      if (usable + there < bytes) {
        if (there == 0) {
          Files.delete(partial);
        }
        throw new MergeException(
            "not enough space for " + target + ": the merge writes " + bytes + " bytes, " + (usable + there) + " are free");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + partial + ": " + describe(e), e);
    }
  }

  /** Removes what an earlier run has left in the unfinished folder, but not the journal, which is locked. */
  void clear() {
    try (Stream<Path> files = Files.list(partial)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.equals(journal())) {
          delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + partial + ": " + describe(e), e);
    }
  }

  /** Gives the finished folder its final name; what was there before is deleted only afterwards. */
  void publish() {
    Path old = target.resolveSibling("." + target.getFileName() + ".replaced");
    try {
      Files.deleteIfExists(journal());
      if (occupied()) {
        delete(old);
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.deleteIfExists(target);
      }
      move();
      delete(old);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rename " + partial + " to " + target + ": " + describe(e), e);
    }
  }

  private void move() throws IOException {
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(partial, target);
    }
  }

  /** Removes the unfinished folder. */
  void discard() {
    try {
      delete(partial);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + partial + ": " + describe(e), e);
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      long bytes = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
      return bytes;
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The exception's class name says what its message, often only a path, does not. */
  private static String describe(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
