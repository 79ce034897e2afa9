package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The safetensors files that make up one checkpoint, open.
 *
 * @param files in the order in which the index names them first
 * @param tensors all tensors by name
 * @param warnings oddities that do not keep the checkpoint from being used
 */
record WeightFiles(List<SafetensorsFile> files, SortedMap<String, TensorInfo> tensors, List<String> warnings) implements AutoCloseable {
  static final String SINGLE = "model.safetensors";
  private static final String SUFFIX = ".safetensors";
  private static final String ADAPTER = "adapter_model.safetensors";

  static WeightFiles single(Path file) {
    SafetensorsFile open = SafetensorsFile.open(file);
    return new WeightFiles(List.of(open), new TreeMap<>(open.tensors()), List.of());
  }

  /** Finds the weights of a folder: the order of search is that of {@link Checkpoint}. */
  static WeightFiles inFolder(Path folder) {
    Path single = folder.resolve(SINGLE);
    Path index = folder.resolve(ShardIndex.FILE_NAME);
    if (Files.exists(single)) {
      WeightFiles weights = single(single);
      String warning = index + ": not used, because " + SINGLE + " is in the same folder";
      return Files.exists(index) ? new WeightFiles(weights.files(), weights.tensors(), List.of(warning)) : weights;
    }
    return Files.exists(index) ? sharded(folder, index) : single(folder.resolve(onlyFile(folder)));
  }

  private static WeightFiles sharded(Path folder, Path indexFile) {
    ShardIndex index = ShardIndex.read(indexFile);
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    try {
      SortedMap<String, TensorInfo> tensors = new TreeMap<>();
      for (Map.Entry<String, String> entry : index.shards().entrySet()) {
        String shard = entry.getValue();
        SafetensorsFile file = shards.get(shard);
        if (file == null) {
          file = openShard(folder.resolve(shard), indexFile, entry.getKey());
          shards.put(shard, file);
        }
        TensorInfo info = file.tensors().get(entry.getKey());
        if (info == null) {
          throw new FormatException(
              Reason.TENSOR_NOT_IN_SHARD, indexFile, entry.getKey(), "found it placed in " + quote(shard) + ", which does not hold it");
        }
        tensors.put(entry.getKey(), info);
      }
      return new WeightFiles(List.copyOf(shards.values()), tensors, warnings(indexFile, index, shards, tensors));
    } catch (Throwable e) {
      shards.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static SafetensorsFile openShard(Path shard, Path index, String tensor) {
    if (!Files.exists(shard)) {
      throw new FormatException(
          Reason.SHARD_MISSING,
          shard,
          "no such file, expected the shard that " + index.getFileName() + " names for tensor " + quote(tensor));
    }
    return SafetensorsFile.open(shard);
  }

  private static List<String> warnings(
      Path indexFile, ShardIndex index, Map<String, SafetensorsFile> shards, SortedMap<String, TensorInfo> tensors) {
    List<String> warnings = new ArrayList<>();
    long bytes = tensors.values().stream().mapToLong(TensorInfo::bytes).sum();
    if (index.totalSize().isPresent() && index.totalSize().getAsLong() != bytes) {
      warnings.add(indexFile + ": total_size is " + index.totalSize().getAsLong() + ", but the tensors have " + bytes + " bytes");
    }
    for (Map.Entry<String, SafetensorsFile> shard : shards.entrySet()) {
      List<String> unlisted =
          shard.getValue().tensors().keySet().stream().filter(name -> !shard.getKey().equals(index.shards().get(name))).toList();
      if (!unlisted.isEmpty()) {
        warnings.add(
            shard.getValue().path()
                + ": "
                + unlisted.size()
                + " tensors are ignored because the index does not place them here, the first is "
                + quote(unlisted.get(0)));
      }
    }
    return List.copyOf(warnings);
  }

  /** The one safetensors file of a folder without the usual names; everything else gets an explanation. */
  private static String onlyFile(Path folder) {
    List<String> names = names(folder);
    List<String> candidates = names.stream().filter(name -> name.endsWith(SUFFIX) && !name.equals(ADAPTER)).toList();
    if (candidates.size() == 1 && !isShard(candidates.get(0))) {
      return candidates.get(0);
    }
    if (candidates.stream().anyMatch(WeightFiles::isShard)) {
      throw new FormatException(
          Reason.INDEX_MISSING,
          folder,
          "found " + sample(candidates) + ", expected " + ShardIndex.FILE_NAME + " beside them, which says what is in each");
    }
    if (!candidates.isEmpty()) {
      throw new FormatException(
          Reason.AMBIGUOUS_WEIGHTS,
          folder,
          "found " + sample(candidates) + ", expected " + SINGLE + ", " + ShardIndex.FILE_NAME + " or a single file; name the file itself");
    }
    if (names.contains("adapter_config.json") || names.contains(ADAPTER)) {
      throw new FormatException(
          Reason.ADAPTER_NOT_MODEL, folder, "found a LoRA adapter, expected a model: name the adapter as model+adapter");
    }
    List<String> pickles = names.stream().filter(name -> name.matches("(pytorch_model|model|consolidated).*\\.(bin|pt|pth|ckpt)")).toList();
    if (!pickles.isEmpty()) {
      throw new FormatException(
          Reason.PYTORCH_WEIGHTS_ONLY,
          folder,
          "found "
              + sample(pickles)
              + " only, expected safetensors: PyTorch pickles can run code when loaded and are not read; convert them with"
              + " transformers: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder)");
    }
    throw new FormatException(
        Reason.NO_WEIGHTS,
        folder,
        "found no weights, expected " + SINGLE + ", " + ShardIndex.FILE_NAME + " or a single other .safetensors file");
  }

  private static boolean isShard(String name) {
    return name.matches(".*-\\d{5}-of-\\d{5}\\.safetensors");
  }

  private static String sample(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(3, names.size())));
    return names.size() <= 3 ? first : first + " and " + (names.size() - 3) + " more";
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).filter(name -> !name.startsWith(".")).sorted().toList();
    } catch (IOException e) {
      throw new FormatException(Reason.READ_FAILED, folder, null, "cannot list the folder: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
