package dev.wootz.format;

import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where everything of a checkpoint will lie, known before the first byte is written: shards, headers, the position of each tensor.
 *
 * <p>Tensors fill shards in the given order; a new shard begins when the next tensor would bring one above the limit, and a tensor above
 * the limit has a shard of its own. The limit counts tensor bytes, as Hugging Face's does. Inside a shard wider types come first and
 * the given order holds among types of one width, so that every tensor begins at a multiple of its element size.
 */
public final class CheckpointLayout {
  /** What transformers requires to be in {@code __metadata__}. */
  static final Map<String, String> PYTORCH = Map.of("format", "pt");

  private static final int MAX_SHARDS = 99_999;

  /** A shard: its header in full, and the size of the whole file. */
  record Shard(String fileName, byte[] header, long fileBytes) {}

  /**
   * A tensor's place.
   *
   * @param fileName the shard
   * @param offset absolute position in the shard
   * @param bytes length of the data
   */
  public record Place(String fileName, DType dtype, long offset, long bytes) {}

  private final List<TensorSpec> tensors;
  private final long maxShardBytes;
  private final List<Shard> shards = new ArrayList<>();
  private final Map<String, Place> places = new LinkedHashMap<>();
  private final long tensorBytes;
  private final long fileBytes;

  private CheckpointLayout(List<TensorSpec> tensors, long maxShardBytes, Map<String, String> metadata) {
    this.tensors = List.copyOf(tensors);
    this.maxShardBytes = maxShardBytes;
    List<List<TensorSpec>> groups = groups(this.tensors, maxShardBytes);
    long allTensors = 0;
    long allFiles = 0;
    for (int i = 0; i < groups.size(); i++) {
      List<TensorSpec> group = new ArrayList<>(groups.get(i));
      group.sort(Comparator.comparing(tensor -> -tensor.dtype().bytes()));
      String fileName = groups.size() == 1 ? WeightFiles.SINGLE : String.format("model-%05d-of-%05d.safetensors", i + 1, groups.size());
      byte[] header = HeaderWriter.header(group, metadata);
      long offset = header.length;
      for (TensorSpec tensor : group) {
        if (places.put(tensor.name(), new Place(fileName, tensor.dtype(), offset, tensor.bytes())) != null) {
          throw new IllegalArgumentException("two tensors of the name " + tensor.name());
        }
        offset = Math.addExact(offset, tensor.bytes());
      }
      shards.add(new Shard(fileName, header, offset));
      allTensors = Math.addExact(allTensors, offset - header.length);
      allFiles = Math.addExact(allFiles, offset);
    }
    this.tensorBytes = allTensors;
    this.fileBytes = allFiles;
  }

  static CheckpointLayout of(List<TensorSpec> tensors, long maxShardBytes, Map<String, String> metadata) {
    if (maxShardBytes < 1) {
      throw new IllegalArgumentException("found a shard limit of " + maxShardBytes + " bytes, expected at least 1");
    }
    Map<String, String> complete = new TreeMap<>(PYTORCH);
    complete.putAll(metadata);
    return new CheckpointLayout(tensors, maxShardBytes, complete);
  }

  /** The same tensors and shards with other header strings; {@code format = pt} is added where it is not given. */
  CheckpointLayout with(Map<String, String> metadata) {
    return of(tensors, maxShardBytes, metadata);
  }

  private static List<List<TensorSpec>> groups(List<TensorSpec> tensors, long maxShardBytes) {
    List<List<TensorSpec>> groups = new ArrayList<>();
    groups.add(new ArrayList<>());
    long bytes = 0;
    for (TensorSpec tensor : tensors) {
      if (tensor.name().equals("__metadata__")) {
        throw new IllegalArgumentException("a tensor of the name __metadata__, which safetensors keeps for its own use");
      }
      if (bytes > 0 && tensor.bytes() > maxShardBytes - bytes) {
        groups.add(new ArrayList<>());
        bytes = 0;
      }
      groups.get(groups.size() - 1).add(tensor);
      bytes = Math.addExact(bytes, tensor.bytes());
    }
    if (groups.size() > MAX_SHARDS) {
      throw new IllegalArgumentException("found " + groups.size() + " shards, expected at most " + MAX_SHARDS + ": raise the shard limit");
    }
    return groups;
  }

  /** The tensors in the order in which they were given. */
  public List<TensorSpec> tensors() {
    return tensors;
  }

  /** Each tensor's place by its name, in file order. */
  public Map<String, Place> places() {
    return Collections.unmodifiableMap(places);
  }

  public int shardCount() {
    return shards.size();
  }

  /** The shards' file names: {@code model.safetensors}, or {@code model-00001-of-00003.safetensors} and so on. */
  public List<String> fileNames() {
    return shards.stream().map(Shard::fileName).toList();
  }

  /** Bytes of all tensors: {@code total_size} of the index. */
  public long tensorBytes() {
    return tensorBytes;
  }

  /** Bytes of all headers, their lengths included. */
  public long headerBytes() {
    return fileBytes - tensorBytes;
  }

  /** Bytes of all shards: what the disk must hold. */
  public long totalBytes() {
    return fileBytes;
  }

  List<Shard> shards() {
    return shards;
  }

  /** The file in which a tensor will lie. Throws {@link IllegalArgumentException} for a name that is not in the layout. */
  public Path file(Path folder, String tensor) {
    return folder.resolve(place(tensor).fileName());
  }

  Place place(String tensor) {
    Place place = places.get(tensor);
    if (place == null) {
      throw new IllegalArgumentException("no tensor " + FormatException.quote(tensor) + " in this checkpoint");
    }
    return place;
  }
}
