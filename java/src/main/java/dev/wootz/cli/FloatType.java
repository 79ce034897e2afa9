package dev.wootz.cli;

import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Element types that weights are written in, by PyTorch's names. */
final class FloatType implements ITypeConverter<DType> {

  @Override
  public DType convert(String name) {
    return DType.byTorchName(name)
        .filter(Kernels::writable)
        .orElseThrow(() -> new TypeConversionException("'" + name + "' is no type for weights; expected bfloat16, float16 or float32"));
  }
}
