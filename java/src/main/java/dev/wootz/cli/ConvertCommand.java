package dev.wootz.cli;

import dev.wootz.model.convert.Conversion;
import dev.wootz.model.convert.QuantizationMix;
import dev.wootz.tensor.DType;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "convert",
    header = "Convert between Hugging Face folders and GGUF files.",
    description = {
      "",
      "IN is a Hugging Face folder, then OUT is a GGUF file, or the other way round. Names and order of rows are",
      "llama.cpp's, the tokenizer and the chat template go along. Models: Llama, Qwen2, Qwen3, Qwen3-MoE.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz convert out/ model.gguf",
      "  wootz convert out/ model.gguf --type f16",
      "  wootz convert model.q4_k_m.gguf folder/ --type bf16",
      "",
      "wootz quantize makes smaller GGUF files."
    })
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "IN", description = "A Hugging Face folder or a .gguf file.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .gguf file or the folder to write.")
  private Path out;

  @Option(names = {"--type", "--dtype"}, paramLabel = "TYPE", converter = FloatType.class,
      description = "f32, f16 or bf16 for all matrices (default: as they are; f16 for quantized ones).")
  private @Nullable DType type;

  @Option(names = "--max-shard-size", paramLabel = "BYTES", defaultValue = "5GB", converter = ByteSize.class,
      description = "For folders: bytes of tensors in one file (default: 5GB).")
  private long maxShardSize;

  @Option(names = "--overwrite", description = "Replace OUT if it is there, when the new one is complete.")
  private boolean overwrite;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Integer call() {
    boolean fromGguf = Conversion.isGguf(in);
    boolean toGguf = Conversion.isGguf(out);
    if (fromGguf == toGguf) {
      String problem = fromGguf ? "both are GGUF files; wootz quantize changes their types" : "expected a .gguf file on one side";
      throw new ParameterException(spec.commandLine(), problem + ": " + in + ", " + out);
    }
    Conversion conversion = Conversion.of(in).threads(threads).overwrite(overwrite).maxShardSize(maxShardSize);
    ConversionRun.run(
        spec, "converting", conversion, () -> toGguf ? conversion.toGguf(out, mix()) : conversion.toHuggingFace(out, type));
    return 0;
  }

  private @Nullable QuantizationMix mix() {
    return type == null ? null : QuantizationMix.named(type.name()).orElseThrow();
  }
}
