package dev.wootz.cli;

import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Element types that weights are written in, by PyTorch's names or short ones: {@code bfloat16}, {@code bf16}. */
final class FloatType implements ITypeConverter<DType> {

  @Override
  public DType convert(String name) {
    return DType.byTorchName(name)
        .or(() -> DType.bySafetensorsName(name.toUpperCase(Locale.ROOT)))
        .filter(Kernels::writable)
        .orElseThrow(() -> new TypeConversionException("'" + name + "' is no type for weights; expected bfloat16, float16 or float32"));
  }
}
