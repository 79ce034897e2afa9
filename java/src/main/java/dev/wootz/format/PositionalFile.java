package dev.wootz.format;

import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * One file, read and written at absolute positions by any number of threads at once.
 *
 * <p>Interrupts: a {@link FileChannel} closes itself when a thread is interrupted while using it, and would fail every other thread too.
 * Here the interrupted thread alone gets a {@link CancellationException}, with its interrupt status kept; for the others the file is
 * opened again and the transfer goes on where it stopped.
 */
final class PositionalFile implements AutoCloseable {
  /** The JDK copies heap buffers through a direct buffer of the same size, which it keeps for each thread: pieces bound that memory. */
  private static final int HEAP_PIECE = 1 << 20;

  private final Path path;
  private final Set<OpenOption> reopenOptions;
  private final @Nullable Object identity;
  private volatile FileChannel channel;
  private boolean closed;

  private PositionalFile(Path path, FileChannel channel, Set<OpenOption> reopenOptions) throws IOException {
    this.path = path;
    this.channel = channel;
    this.reopenOptions = reopenOptions;
    this.identity = identity(path);
  }

  /** Opens an existing regular file for reading. */
  static PositionalFile read(Path path) {
    return open(path, Set.of(StandardOpenOption.READ), Set.of(StandardOpenOption.READ));
  }

  /** Creates a file for writing; an existing one is emptied. */
  static PositionalFile create(Path path) {
    Set<OpenOption> reopen = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    return open(
        path,
        Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING),
        reopen);
  }

  /** Opens an existing regular file for reading and writing. */
  static PositionalFile update(Path path) {
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    return open(path, options, options);
  }

  private static PositionalFile open(Path path, Set<OpenOption> options, Set<OpenOption> reopenOptions) {
    // Asked first because opening a pipe would wait for a writer.
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new FormatException(
          Reason.NOT_A_FILE, path, Files.isDirectory(path) ? "found a folder, expected a file" : "found a special file, expected a file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, options);
      return new PositionalFile(path, channel, reopenOptions);
    } catch (NoSuchFileException e) {
      throw new FormatException(Reason.NOT_FOUND, path, null, "no such file", e);
    } catch (AccessDeniedException e) {
      throw new FormatException(Reason.ACCESS_DENIED, path, null, "this process may not open the file", e);
    } catch (IOException e) {
      closeQuietly(channel, e);
      boolean writes = options.contains(StandardOpenOption.WRITE);
      throw failure(path, writes, "cannot open the file", e);
    }
  }

  Path path() {
    return path;
  }

  /** The file's size in bytes. */
  long size() {
    FileChannel open = channel;
    while (true) {
      try {
        return open.size();
      } catch (ClosedChannelException e) {
        open = reopen(open);
      } catch (IOException e) {
        throw failure(path, false, "cannot read the file's size", e);
      }
    }
  }

  /**
   * Fills the remaining bytes of {@code into} from {@code position} on. Throws {@link FormatException} (TRUNCATED) when the file ends
   * before, and {@link CancellationException} when the thread is interrupted.
   */
  void read(long position, ByteBuffer into, @Nullable String tensor) {
    int wanted = into.remaining();
    transfer(
        position,
        into,
        false,
        (open, part, at) -> {
          if (open.read(part, at) < 0) {
            throw new FormatException(
                Reason.TRUNCATED,
                path,
                tensor,
                "found the end of the file at byte " + at + ", expected " + wanted + " bytes from byte " + position + " on");
          }
        });
  }

  /** Writes the remaining bytes of {@code from} at {@code position}, beyond the end of the file too. */
  void write(long position, ByteBuffer from) {
    transfer(position, from, true, (open, part, at) -> open.write(part, at));
  }

  @FunctionalInterface
  private interface Transfer {
    void transfer(FileChannel open, ByteBuffer part, long position) throws IOException;
  }

  private void transfer(long position, ByteBuffer buffer, boolean writes, Transfer transfer) {
    int start = buffer.position();
    int end = buffer.limit();
    FileChannel open = channel;
    try {
      while (buffer.position() < end) {
        if (Thread.currentThread().isInterrupted()) {
          throw interrupted(writes);
        }
        buffer.limit(buffer.isDirect() ? end : Math.min(end, buffer.position() + HEAP_PIECE));
        // The position in the file follows the buffer's, so a transfer that was cut short goes on where it stopped.
        try {
          transfer.transfer(open, buffer, position + (buffer.position() - start));
        } catch (ClosedByInterruptException e) {
          throw interrupted(writes);
        } catch (ClosedChannelException e) {
          open = reopen(open);
        } catch (IOException e) {
          String what = writes ? "cannot write " : "cannot read ";
          throw failure(path, writes, what + (end - start) + " bytes at byte " + position, e);
        }
      }
    } finally {
      buffer.limit(end);
    }
  }

  private CancellationException interrupted(boolean writes) {
    return new CancellationException((writes ? "writing " : "reading ") + path + " was interrupted");
  }

  /** Opens the file again after another thread's interrupt has closed {@code broken}. */
  private synchronized FileChannel reopen(FileChannel broken) {
    if (closed) {
      throw new IllegalStateException(path + " has been closed");
    }
    if (channel == broken) {
      FileChannel fresh = null;
      try {
        fresh = FileChannel.open(path, reopenOptions);
        if (!Objects.equals(identity, identity(path))) {
          throw new FormatException(Reason.REPLACED, path, "another file has taken this name since it was opened");
        }
      } catch (NoSuchFileException e) {
        throw new FormatException(Reason.REPLACED, path, null, "the file has been removed since it was opened", e);
      } catch (IOException e) {
        closeQuietly(fresh, e);
        throw failure(path, false, "cannot open the file again", e);
      } catch (FormatException e) {
        closeQuietly(fresh, e);
        throw e;
      }
      channel = fresh;
    }
    return channel;
  }

  /** Device and inode where the system has them, else null. */
  private static @Nullable Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private static FormatException failure(Path path, boolean writes, String what, IOException cause) {
    if (writes && DiskSpace.isExhausted(cause)) {
      return new FormatException(Reason.DISK_FULL, path, null, what + ": the disk is full, " + DiskSpace.describe(path), cause);
    }
    return new FormatException(writes ? Reason.WRITE_FAILED : Reason.READ_FAILED, path, null, what + ": " + cause.getMessage(), cause);
  }

  private static void closeQuietly(@Nullable FileChannel channel, Exception cause) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      try {
        channel.close();
      } catch (IOException e) {
        throw failure(path, reopenOptions.contains(StandardOpenOption.WRITE), "cannot close the file", e);
      }
    }
  }
}
