package dev.wootz.model.convert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.format.GgufValue;
import dev.wootz.format.GgufWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.PartialFolder;
import dev.wootz.format.TensorSpec;
import dev.wootz.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One checkpoint to another: a Hugging Face folder or a GGUF file, to either. Memory is bounded by a few pieces of rows, whatever the size of the
 * model. What is written appears under its name when it is complete.
 */
public final class Conversion {
  private static final int QUANTIZATION_VERSION = 2;

  /** Is told how far a conversion is. */
  @FunctionalInterface
  public interface Listener {
    void progress(String tensor, long bytesDone, long bytesTotal);
  }

  /**
   * What has been written.
   *
   * @param types tensors of each type
   * @param warnings what could not be carried over, or was lost
   */
  public record Report(Path target, int tensors, long bytes, Map<DType, Integer> types, List<String> warnings) {}

  private final Path source;
  private int threads = Runtime.getRuntime().availableProcessors();
  private long maxShardBytes = 5_000_000_000L;
  private boolean overwrite;
  private Listener listener = (tensor, done, total) -> {};
  private volatile boolean cancelled;
  private volatile @Nullable TensorConversion running;

  private Conversion(Path source) {
    this.source = source;
  }

  /** @param source a Hugging Face folder or a GGUF file */
  public static Conversion of(Path source) {
    return new Conversion(source);
  }

  /** Whether a path is a GGUF file by its name, {@code .gguf}. */
  public static boolean isGguf(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().toLowerCase(Locale.ROOT).endsWith(".gguf") && !Files.isDirectory(path);
  }

  public Conversion threads(int count) {
    threads = count;
    return this;
  }

  /** For Hugging Face folders: bytes of tensors in one file. */
  public Conversion maxShardSize(long bytes) {
    maxShardBytes = bytes;
    return this;
  }

  /** Whether a result that is there is replaced when the new one is complete. */
  public Conversion overwrite(boolean replace) {
    overwrite = replace;
    return this;
  }

  public Conversion listener(Listener told) {
    listener = told;
    return this;
  }

  /** Ends a conversion soon, from another thread: it throws {@link java.util.concurrent.CancellationException}. */
  public void cancel() {
    cancelled = true;
    TensorConversion conversion = running;
    if (conversion != null) {
      conversion.cancel();
    }
  }

  /**
   * Writes a GGUF file.
   *
   * @param mix the types of tensors; null keeps those of the source
   */
  public Report toGguf(Path target, @Nullable QuantizationMix mix) {
    if (isGguf(source)) {
      try (GgufFile file = open(source)) {
        return toGguf(new GgufSourceFile(file), target, mix);
      }
    }
    try (Checkpoint checkpoint = Checkpoint.open(source)) {
      return toGguf(new GgufExport(checkpoint), target, mix);
    }
  }

  /** A model in one file. */
  private static GgufFile open(Path path) {
    GgufFile file = GgufFile.open(path);
    long parts = file.metadata().integer("split.count").orElse(1);
    if (parts > 1) {
      file.close();
      throw new FormatException(
          Reason.CONVERSION_UNSUPPORTED, path, "found one of " + parts + " parts of a model, expected a whole one: llama-gguf-split --merge joins them");
    }
    return file;
  }

  private Report toGguf(GgufContent content, Path target, @Nullable QuantizationMix mix) {
    List<String> warnings = new ArrayList<>();
    List<PlannedTensor> tensors = content.tensors();
    if (mix != null) {
      long lossy = tensors.stream().filter(tensor -> tensor.source().dtype().block()).count();
      if (lossy > 0 && mix.type().block()) {
        warnings.add(lossy + " tensors are quantized already: quantizing them again adds to their error");
      }
      QuantizationMix.Model model = content.model();
      tensors = tensors.stream().map(tensor -> tensor.as(mix.typeOf(tensor.name(), tensor.source().shape(), model))).toList();
    }
    Map<String, GgufValue> metadata = new LinkedHashMap<>(content.metadata());
    metadata.put("general.file_type", GgufValue.u32(mix == null ? fileType(tensors) : mix.fileType()));
    if (tensors.stream().anyMatch(tensor -> tensor.dtype().block())) {
      metadata.put("general.quantization_version", GgufValue.u32(QUANTIZATION_VERSION));
    }
    metadata.putAll(content.tokenizer());
    List<TensorSpec> specs = tensors.stream().map(PlannedTensor::spec).toList();
    try (GgufWriter writer = GgufWriter.create(target, metadata, specs, overwrite)) {
      convert(tensors, writer::write);
      writer.finish();
      return report(target, tensors, writer.totalBytes(), warnings);
    }
  }

  /** The number of the mix whose plain type most of the matrices have. */
  private static int fileType(List<PlannedTensor> tensors) {
    Map<DType, Integer> types = count(tensors.stream().filter(t -> QuantizationMix.quantized(t.name(), t.source().shape())).toList());
    DType most = types.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey).orElse(DType.F32);
    for (QuantizationMix mix : QuantizationMix.values()) {
      if (mix.type() == most) {
        return mix.fileType();
      }
    }
    return QuantizationMix.F32.fileType();
  }

  /**
   * Writes a Hugging Face folder from a GGUF file.
   *
   * @param type f32, f16 or bf16; null for that which keeps the most of what the file has
   */
  public Report toHuggingFace(Path target, @Nullable DType type) {
    try (GgufFile file = open(source);
        PartialFolder partial = overwrite ? PartialFolder.replacing(target) : PartialFolder.beside(target)) {
      GgufImport content = new GgufImport(file);
      DType stored = type == null ? content.naturalType() : type;
      List<PlannedTensor> tensors = content.tensors(stored);
      ObjectNode config = content.config(stored);
      List<TensorSpec> specs = tensors.stream().map(PlannedTensor::spec).toList();
      try (CheckpointWriter writer = CheckpointWriter.create(partial.path(), CheckpointWriter.layout(specs, maxShardBytes), Map.of())) {
        convert(tensors, writer::write);
        writer.finishShards();
        writer.writeIndex();
      }
      JsonFiles.write(partial.path().resolve("config.json"), config);
      List<String> warnings = TokenizerImport.write(file, partial.path());
      generation(file, config, partial.path());
      partial.publish();
      return report(target, tensors, specs.stream().mapToLong(TensorSpec::bytes).sum(), warnings);
    }
  }

  /** What begins and ends a text; several tokens may end one: {@code <|eot_id|>} beside {@code <|end_of_text|>}. */
  private static void generation(GgufFile file, ObjectNode config, Path folder) {
    ObjectNode generation = config.objectNode();
    if (config.has("bos_token_id")) {
      generation.set("bos_token_id", config.get("bos_token_id"));
    }
    Set<Long> ends = new LinkedHashSet<>();
    for (String end : List.of("eos", "eot", "eom")) {
      file.metadata().integer("tokenizer.ggml." + end + "_token_id").ifPresent(ends::add);
    }
    if (ends.size() == 1) {
      generation.put("eos_token_id", ends.iterator().next());
    } else if (!ends.isEmpty()) {
      ends.forEach(generation.putArray("eos_token_id")::add);
    }
    if (!generation.isEmpty()) {
      JsonFiles.write(folder.resolve("generation_config.json"), generation);
    }
  }

  private void convert(List<PlannedTensor> tensors, TensorConversion.Sink sink) {
    long total = tensors.stream().mapToLong(tensor -> tensor.spec().bytes()).sum();
    long[] done = {0};
    try (TensorConversion conversion = new TensorConversion(source, threads)) {
      running = conversion;
      if (cancelled) {
        conversion.cancel();
      }
      for (PlannedTensor tensor : tensors) {
        conversion.convert(
            tensor,
            sink,
            (name, bytes) -> {
              done[0] += bytes;
              listener.progress(name, done[0], total);
            });
      }
    } finally {
      running = null;
    }
  }

  private static Map<DType, Integer> count(List<PlannedTensor> tensors) {
    Map<DType, Integer> types = new EnumMap<>(DType.class);
    tensors.forEach(tensor -> types.merge(tensor.dtype(), 1, Integer::sum));
    return types;
  }

  private static Report report(Path target, List<PlannedTensor> tensors, long bytes, List<String> warnings) {
    return new Report(target, tensors.size(), bytes, count(tensors), List.copyOf(warnings));
  }
}
