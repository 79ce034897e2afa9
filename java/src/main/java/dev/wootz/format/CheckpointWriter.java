package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.CheckpointLayout.Place;
import dev.wootz.format.CheckpointLayout.Shard;
import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Writes a checkpoint's shards in any order, a part of a tensor at a time, from any number of threads.
 *
 * <p>The shards have their headers and their final sizes from the start, so a run that was cut off can be continued: {@link #resume}
 * opens what is there when it is what this run would write. Which parts had been written is for the caller to remember. The index comes
 * last: a folder of several shards without it is not a finished checkpoint.
 *
 * <p>Nothing is forced to the disk, as with {@code cp}: files survive the end of the process at any moment, not a loss of power.
 */
public final class CheckpointWriter implements AutoCloseable {
  private final Path folder;
  private final CheckpointLayout layout;
  private final Map<String, PositionalFile> files;

  private CheckpointWriter(Path folder, CheckpointLayout layout, Map<String, PositionalFile> files) {
    this.folder = folder;
    this.layout = layout;
    this.files = files;
  }

  /**
   * Lays out a checkpoint with the metadata {@code format = pt}. Throws {@link IllegalArgumentException} for a name that appears twice.
   *
   * @param tensors in the order in which they are to fill the shards
   * @param maxShardBytes limit of the tensor bytes in a shard
   */
  public static CheckpointLayout layout(List<TensorSpec> tensors, long maxShardBytes) {
    return CheckpointLayout.of(tensors, maxShardBytes, Map.of());
  }

  /**
   * Creates the folder where it is missing and in it the shards: their headers, then zeros. Existing shards are emptied. Throws {@link
   * FormatException} (DISK_FULL) before it writes anything when the disk has no room for all of them.
   *
   * @param metadata strings for each header; {@code format = pt} is added. Changes the headers' lengths: {@link #layout()} has the result
   */
  public static CheckpointWriter create(Path folder, CheckpointLayout layout, Map<String, String> metadata) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new FormatException(Reason.WRITE_FAILED, folder, null, "cannot create the folder: " + e.getMessage(), e);
    }
    CheckpointLayout complete = layout.with(metadata);
    DiskSpace.require(folder, complete.totalBytes());
    return open(folder, complete, shard -> create(folder, shard));
  }

  /**
   * Opens the shards that an earlier {@link #create} with the same arguments made. Throws {@link FormatException} (RESUME_MISMATCH) when
   * one is missing or has another header or size.
   */
  public static CheckpointWriter resume(Path folder, CheckpointLayout layout, Map<String, String> metadata) {
    return open(folder, layout.with(metadata), shard -> resume(folder, shard));
  }

  private static CheckpointWriter open(Path folder, CheckpointLayout layout, Function<Shard, PositionalFile> opener) {
    Map<String, PositionalFile> files = new LinkedHashMap<>();
    try {
      for (Shard shard : layout.shards()) {
        files.put(shard.fileName(), opener.apply(shard));
      }
    } catch (Throwable e) {
      files.values().forEach(PositionalFile::close);
      throw e;
    }
    return new CheckpointWriter(folder, layout, files);
  }

  private static PositionalFile create(Path folder, Shard shard) {
    PositionalFile file = PositionalFile.create(folder.resolve(shard.fileName()));
    try {
      // The size first: a file with a header always has its size too.
      if (shard.fileBytes() > shard.header().length) {
        file.write(shard.fileBytes() - 1, ByteBuffer.allocate(1));
      }
      file.write(0, ByteBuffer.wrap(shard.header()));
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private static PositionalFile resume(Path folder, Shard shard) {
    Path path = folder.resolve(shard.fileName());
    if (!Files.exists(path)) {
      throw new FormatException(Reason.RESUME_MISMATCH, path, "no such file, expected the shard that the interrupted run began");
    }
    PositionalFile file = PositionalFile.update(path);
    try {
      if (file.size() != shard.fileBytes()) {
        throw new FormatException(
            Reason.RESUME_MISMATCH, path, "found " + file.size() + " bytes, expected " + shard.fileBytes() + ": it is of another run");
      }
      byte[] header = new byte[shard.header().length];
      file.read(0, ByteBuffer.wrap(header), null);
      if (!Arrays.equals(header, shard.header())) {
        throw new FormatException(
            Reason.RESUME_MISMATCH, path, "found a header with other tensors or metadata than expected: it is of another run");
      }
      return file;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  public Path folder() {
    return folder;
  }

  /** The layout with the metadata that was given: what is being written. */
  public CheckpointLayout layout() {
    return layout;
  }

  /**
   * Writes a part of a tensor: the remaining bytes of {@code from}, at byte {@code byteOffset} of the tensor. Throws {@link
   * IndexOutOfBoundsException} when the part leaves the tensor, {@link FormatException} (DISK_FULL, WRITE_FAILED) when the system does
   * not take it, {@link java.util.concurrent.CancellationException} when the thread is interrupted; other threads go on writing.
   */
  public void write(String tensor, long byteOffset, ByteBuffer from) {
    Place place = layout.place(tensor);
    if (byteOffset < 0 || byteOffset > place.bytes() - from.remaining()) {
      throw new IndexOutOfBoundsException(
          "bytes [" + byteOffset + ", +" + from.remaining() + ") of tensor " + quote(tensor) + ", which has " + place.bytes());
    }
    files.get(place.fileName()).write(place.offset() + byteOffset, from);
  }

  /** Closes the shards, whose tensors have all been written. */
  public void finishShards() {
    close();
  }

  /** Writes {@code model.safetensors.index.json} where there is more than one shard. To be called when everything else is written. */
  public void writeIndex() {
    if (layout.shardCount() > 1) {
      Map<String, String> shards = new LinkedHashMap<>();
      layout.places().forEach((tensor, place) -> shards.put(tensor, place.fileName()));
      byte[] index = new ShardIndex(shards, OptionalLong.of(layout.tensorBytes())).bytes();
      AtomicFiles.write(folder.resolve(ShardIndex.FILE_NAME), index);
    }
  }

  /** Closes the shards; closing twice does nothing. */
  @Override
  public void close() {
    files.values().forEach(PositionalFile::close);
  }
}
