package dev.wootz.cli;

import dev.wootz.merge.Mode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code --compat}: as the key {@code compat} of a recipe. */
final class ModeName implements ITypeConverter<Mode> {

  @Override
  public Mode convert(String name) {
    return switch (name) {
      case "mergekit" -> Mode.MERGEKIT;
      case "wootz" -> Mode.WOOTZ;
      default -> throw new TypeConversionException("'" + name + "' is no mode; expected mergekit or wootz");
    };
  }
}
