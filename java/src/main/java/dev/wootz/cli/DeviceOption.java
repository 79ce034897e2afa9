package dev.wootz.cli;

import dev.wootz.kernel.Device;
import dev.wootz.kernel.DeviceException;
import dev.wootz.tensor.Memory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code --device}: where models compute. */
final class DeviceOption {
  /**
   * What was asked for.
   *
   * @param number of the CUDA device, {@link Memory#HOST}, or {@link #AUTOMATIC}
   */
  record Choice(int number) {
    private static final int AUTOMATIC = Memory.HOST - 1;
  }

  /** {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:1}. */
  static final class Name implements ITypeConverter<Choice> {
    @Override
    public Choice convert(String text) {
      String name = text.toLowerCase(Locale.ROOT);
      if (name.equals("auto")) {
        return new Choice(Choice.AUTOMATIC);
      }
      if (name.equals("cpu")) {
        return new Choice(Memory.HOST);
      }
      if (name.equals("cuda")) {
        return new Choice(0);
      }
      if (name.matches("cuda:[0-9]{1,4}")) {
        return new Choice(Integer.parseInt(name.substring("cuda:".length())));
      }
      throw new TypeConversionException("'" + text + "' is no device; expected auto, cpu, cuda or cuda:N");
    }
  }

  @Option(names = "--device", paramLabel = "D", defaultValue = "auto", converter = Name.class,
      description = "auto (default: a CUDA device if one can be used, else the CPU), cpu, cuda or cuda:N.")
  private Choice choice;

  /** The device that was asked for, null for an automatic choice. Throws {@link DeviceException} for one that cannot be used. */
  @Nullable Device device() {
    if (choice.number() == Choice.AUTOMATIC) {
      return null;
    }
    return choice.number() == Memory.HOST ? Device.cpu() : Device.cuda(choice.number());
  }

  /** For what only the CPU computes: says so where a CUDA device was asked for. */
  void announceCpu(String what, ProgressLine line) {
    if (choice.number() < 0) {
      return;
    }
    String why;
    try {
      why = what + " do not run on " + Device.cuda(choice.number()) + " yet";
    } catch (DeviceException e) {
      why = e.getMessage();
    }
    line.message(why + ", using the CPU");
  }
}
