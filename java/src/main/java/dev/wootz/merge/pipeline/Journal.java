package dev.wootz.merge.pipeline;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.pipeline.TensorChecksums.Checksum;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an unfinished merge has done: a line with the fingerprint of the merge, then one line {@code checksum piece-bytes name} for
 * each finished tensor. Lines are appended whole; a line that a crash cut short is ignored. Holds a lock on the file, so that two merges cannot write
 * into one folder.
 */
final class Journal implements AutoCloseable {
  private static final String HEAD = "wootz-merge 1 ";

  private final FileChannel channel;
  private final Map<String, Checksum> finished = new LinkedHashMap<>();

  private Journal(FileChannel channel) {
    this.channel = channel;
  }

  /** Opens {@code file}; {@code resume} false, or an empty file, starts anew. Throws {@link MergeException} for another merge's journal. */
  static Journal open(Path file, String fingerprint, boolean resume) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Journal journal = new Journal(channel);
      if (lock(channel) == null) {
        throw new MergeException("another merge is writing into " + file.getParent());
      }
      if (resume) {
        journal.read(file, fingerprint);
      }
      if (journal.finished.isEmpty()) {
        channel.truncate(0);
        journal.append(HEAD + fingerprint);
      }
      return journal;
    } catch (IOException e) {
      close(channel);
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  /** Tensors that are finished, by an earlier run or this one, with their checksums. */
  synchronized Map<String, Checksum> finished() {
    return new LinkedHashMap<>(finished);
  }

  synchronized void append(String tensor, Checksum checksum) {
    try {
      append(checksum.sum() + " " + checksum.pieceBytes() + " " + tensor);
      finished.put(tensor, checksum);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the journal of the merge: " + e.getMessage(), e);
    }
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    long end = channel.size();
    while (bytes.hasRemaining()) {
      end += channel.write(bytes, end);
    }
  }

  private void read(Path file, String fingerprint) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    int complete = text.lastIndexOf('\n') + 1;
    String[] lines = text.substring(0, complete).split("\n");
    if (complete == 0) {
      return;
    }
    if (!lines[0].equals(HEAD + fingerprint)) {
      throw new MergeException(
          "the unfinished merge in " + file.getParent() + " had another recipe, other options or other inputs; run without --resume to"
              + " start again");
    }
    for (int i = 1; i < lines.length; i++) {
      String[] fields = lines[i].split(" ", 3);
      if (fields.length == 3) {
        finished.put(fields[2], new Checksum(fields[0], Long.parseLong(fields[1])));
      }
    }
    channel.truncate(text.substring(0, complete).getBytes(StandardCharsets.UTF_8).length);
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() {
    close(channel);
  }

  private static void close(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
