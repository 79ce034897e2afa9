package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException.Reason;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model on disk: a Hugging Face folder, or a single safetensors file (its folder then gives config.json and the companions).
 *
 * <p>In a folder the weights are, in this order: {@code model.safetensors}; the shards of {@code model.safetensors.index.json}; the only
 * other {@code .safetensors} file. Every header is checked when the checkpoint is opened, and every tensor of an index is known to be in
 * its shard. A tensor that a shard holds and the index does not list is no part of the checkpoint, and a {@link #warnings warning}.
 *
 * <p>Safe from any number of threads; not to be closed while another thread reads.
 */
public final class Checkpoint implements AutoCloseable {
  static final String CONFIG = "config.json";

  private static final List<String> COMPANIONS =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt",
          "tokenizer.model",
          "spiece.model",
          "sentencepiece.bpe.model",
          "tekken.json",
          "chat_template.jinja",
          "chat_template.json",
          "preprocessor_config.json",
          "video_preprocessor_config.json",
          "processor_config.json");

  private final Path path;
  private final Path folder;
  private final WeightFiles weights;
  private final Map<Path, SafetensorsFile> byPath = new HashMap<>();
  private final @Nullable ObjectNode config;

  private Checkpoint(Path path, Path folder, WeightFiles weights, @Nullable ObjectNode config) {
    this.path = path;
    this.folder = folder;
    this.weights = weights;
    this.config = config;
    for (SafetensorsFile file : weights.files()) {
      byPath.put(file.path(), file);
    }
  }

  /** Opens and checks a folder or a single file. Throws {@link FormatException}. */
  public static Checkpoint open(Path path) {
    if (!Files.exists(path)) {
      throw new FormatException(Reason.NOT_FOUND, path, "no such file or folder, expected a checkpoint");
    }
    boolean isFolder = Files.isDirectory(path);
    Path folder = isFolder ? path : path.toAbsolutePath().getParent();
    Path configFile = folder.resolve(CONFIG);
    ObjectNode config = Files.exists(configFile) ? JsonFiles.read(configFile) : null;
    return new Checkpoint(path, folder, isFolder ? WeightFiles.inFolder(path) : WeightFiles.single(path), config);
  }

  /** The folder or file that was opened. */
  public Path path() {
    return path;
  }

  /** All tensors, sorted by name. */
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(weights.tensors());
  }

  /** Throws {@link FormatException} (TENSOR_MISSING) when the checkpoint has no such tensor. */
  public TensorInfo tensor(String name) {
    TensorInfo info = weights.tensors().get(name);
    if (info == null) {
      throw new FormatException(
          Reason.TENSOR_MISSING, path, name, "not in this checkpoint, which has " + weights.tensors().size() + " tensors");
    }
    return info;
  }

  /** Reads a part of a tensor; see {@link SafetensorsFile#read}. */
  public void read(TensorInfo tensor, long byteOffset, ByteBuffer into) {
    SafetensorsFile file = byPath.get(tensor.file());
    if (file == null) {
      throw new IllegalArgumentException("tensor " + quote(tensor.name()) + " of " + tensor.file() + " is not a tensor of " + path);
    }
    file.read(tensor, byteOffset, into);
  }

  public boolean hasConfig() {
    return config != null;
  }

  /** A copy of config.json. Throws {@link FormatException} (CONFIG_MISSING) when there is none. */
  public ObjectNode config() {
    if (config == null) {
      throw new FormatException(Reason.CONFIG_MISSING, folder, "found no config.json, expected one beside the weights");
    }
    return config.deepCopy();
  }

  /**
   * The files beside the weights and config.json that a tool needs to run the model: generation settings, tokenizer, chat template,
   * preprocessors. Only those that are there.
   */
  public List<Path> companions() {
    return COMPANIONS.stream().map(folder::resolve).filter(Files::isRegularFile).toList();
  }

  /** The open files, in the order in which the index names them first. */
  public List<SafetensorsFile> files() {
    return weights.files();
  }

  /** Oddities that do not keep the checkpoint from being used, a sentence each. */
  public List<String> warnings() {
    return weights.warnings();
  }

  @Override
  public void close() {
    weights.close();
  }
}
