package dev.wootz.cli;

import dev.wootz.engine.LoadOptions;
import dev.wootz.engine.Model;
import dev.wootz.model.Activations;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which model, and how it is run. */
final class ModelOptions {
  /** {@code --cache-type}. */
  static final class CacheType implements ITypeConverter<DType> {
    private static final Map<String, DType> TYPES =
        Map.of("f32", DType.F32, "f16", DType.F16, "bf16", DType.BF16, "q8_0", DType.Q8_0, "fp8", DType.F8_E4M3);

    @Override
    public DType convert(String text) {
      DType type = TYPES.get(text.toLowerCase(Locale.ROOT));
      if (type == null) {
        throw new TypeConversionException("'" + text + "' is no type of a cache; expected f32, f16, bf16, q8_0 or fp8");
      }
      return type;
    }
  }

  /** {@code --activations}. */
  static final class Precision implements ITypeConverter<Activations> {
    @Override
    public Activations convert(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "int16" -> Activations.INT16;
        case "f32", "float32" -> Activations.FLOAT32;
        default -> throw new TypeConversionException("'" + text + "' is no precision of activations; expected int16 or f32");
      };
    }
  }

  @Option(names = {"-m", "--model"}, paramLabel = "M", required = true, description = "A Hugging Face folder or a GGUF file.")
  Path model;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors). Results do not depend on it.")
  private @Nullable Integer threads;

  @Option(names = "--activations", paramLabel = "P", converter = Precision.class,
      description = "What meets quantized weights: int16 (default, fast) or f32 (exact). Float weights always meet f32.")
  private @Nullable Activations activations;

  @Option(names = "--cache-type", paramLabel = "T", converter = CacheType.class,
      description = "Keys and values: f32, f16, bf16, q8_0, fp8 (default: f16 with quantized activations, else f32).")
  private @Nullable DType cacheType;

  @Option(names = {"-c", "--context"}, paramLabel = "N", converter = Count.class,
      description = "Longest context in tokens (default: the model's, at most 8192).")
  private @Nullable Integer context;

  @Option(names = "--chunk", paramLabel = "N", converter = Count.class,
      description = "Tokens of a prompt that are computed at once (default: 512). Results do not depend on it.")
  private @Nullable Integer chunk;

  @Mixin private DeviceOption device;

  LoadOptions options() {
    LoadOptions options = LoadOptions.defaults().withDevice(device.device());
    options = threads == null ? options : options.withThreads(threads);
    options = activations == null ? options : options.withActivations(activations);
    options = cacheType == null ? options : options.withCacheType(cacheType);
    options = context == null ? options : options.withContext(context);
    return chunk == null ? options : options.withChunk(chunk);
  }

  /** With room for at least so many tokens, if the user has not said otherwise. */
  LoadOptions options(int tokens) {
    return context == null && tokens > LoadOptions.DEFAULT_CONTEXT ? options().withContext(tokens) : options();
  }

  Model load() {
    return Model.load(model, options());
  }
}
