package dev.wootz.cli;

import dev.wootz.model.convert.Conversion;
import dev.wootz.model.convert.QuantizationMix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "quantize",
    header = "Write a model as a GGUF file with smaller weights.",
    description = {
      "",
      "IN is a Hugging Face folder or a GGUF file. Types that end in _s, _m and _l are llama.cpp's mixes: some tensors get",
      "more bits. Rows that are no multiple of 256 get blocks of 32 of about the same size in place of K types.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz quantize out/ model.q8_0.gguf --type q8_0",
      "  wootz quantize model.f16.gguf model.q4_k_m.gguf --type q4_k_m"
    })
final class QuantizeCommand implements Callable<Integer> {
  /** For the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(QuantizationMix.values()).map(QuantizationMix::toString).iterator();
    }
  }

  static final class MixName implements ITypeConverter<QuantizationMix> {
    @Override
    public QuantizationMix convert(String name) {
      return QuantizationMix.named(name)
          .orElseThrow(() -> new TypeConversionException("expected one of " + String.join(", ", new Names()) + " but was '" + name + "'"));
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "IN", description = "A Hugging Face folder or a .gguf file.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .gguf file to write.")
  private Path out;

  @Option(names = "--type", paramLabel = "TYPE", required = true, converter = MixName.class, completionCandidates = Names.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private QuantizationMix type;

  @Option(names = "--overwrite", description = "Replace OUT if it is there, when the new one is complete.")
  private boolean overwrite;

  @Option(names = "--threads", paramLabel = "N", converter = ThreadCount.class,
      description = "At most this many threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Override
  public Integer call() {
    if (!Conversion.isGguf(out)) {
      throw new ParameterException(spec.commandLine(), "OUT is a GGUF file, expected a name that ends in .gguf: " + out);
    }
    Conversion conversion = Conversion.of(in).threads(threads).overwrite(overwrite);
    ConversionRun.run(spec, "quantizing", conversion, () -> conversion.toGguf(out, type));
    return 0;
  }
}
