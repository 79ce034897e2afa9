package dev.wootz.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A Hugging Face folder. */
final class HuggingFaceWeights implements WeightSource {
  private static final String PREFIX = "model.";

  private final Checkpoint checkpoint;
  private final ModelConfig config;
  private final Map<Path, SafetensorsFile> files = new HashMap<>();

  /** Whether it was saved as the decoder alone, as embedding models are (Qwen3-Embedding): names without "model.", no output matrix. */
  private final boolean bare;

  private HuggingFaceWeights(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    Path folder = Files.isDirectory(checkpoint.path()) ? checkpoint.path() : checkpoint.path().toAbsolutePath().getParent();
    Path generation = folder.resolve("generation_config.json");
    ObjectNode end = Files.isRegularFile(generation) ? JsonFiles.read(generation) : null;
    this.config = HuggingFaceConfig.read(folder.resolve("config.json"), checkpoint.config(), end);
    this.bare = checkpoint.tensors().containsKey("embed_tokens.weight") && !checkpoint.tensors().containsKey(PREFIX + "embed_tokens.weight");
    for (SafetensorsFile file : checkpoint.files()) {
      files.put(file.path(), file);
    }
  }

  static HuggingFaceWeights open(Path path) {
    Checkpoint checkpoint = Checkpoint.open(path);
    try {
      return new HuggingFaceWeights(checkpoint);
    } catch (Throwable e) {
      checkpoint.close();
      throw e;
    }
  }

  @Override
  public Path path() {
    return checkpoint.path();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public boolean has(String name) {
    return checkpoint.tensors().containsKey(stored(name));
  }

  @Override
  public boolean headless() {
    return bare && !config.tied() && !has("lm_head.weight");
  }

  @Override
  public Tensor tensor(String name) {
    String stored = stored(name);
    SafetensorsFile file = files.get(checkpoint.tensor(stored).file());
    if (file == null) {
      throw new FormatException(Reason.TENSOR_MISSING, path(), stored, "not in this checkpoint");
    }
    return file.map(stored);
  }

  /** The file's name of a tensor. */
  private String stored(String name) {
    return bare && name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
