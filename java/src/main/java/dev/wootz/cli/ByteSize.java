package dev.wootz.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes as people write them: {@code 512MB}, {@code 2GB} (powers of 1000), {@code 2GiB} (powers of 1024), plain bytes. */
final class ByteSize implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([KMGT]?I?B?)", Pattern.CASE_INSENSITIVE);
  private static final Map<String, Long> UNITS =
      Map.ofEntries(
          Map.entry("", 1L),
          Map.entry("B", 1L),
          Map.entry("K", 1_000L),
          Map.entry("M", 1_000_000L),
          Map.entry("G", 1_000_000_000L),
          Map.entry("T", 1_000_000_000_000L),
          Map.entry("KI", 1L << 10),
          Map.entry("MI", 1L << 20),
          Map.entry("GI", 1L << 30),
          Map.entry("TI", 1L << 40));
  private static final String[] NAMES = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  @Override
  public Long convert(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (matcher.matches()) {
      String unit = matcher.group(2).toUpperCase(Locale.ROOT);
      Long factor = UNITS.get(unit.length() > 1 && unit.endsWith("B") ? unit.substring(0, unit.length() - 1) : unit);
      BigDecimal bytes = factor == null ? BigDecimal.ZERO : new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor));
      if (bytes.compareTo(BigDecimal.ONE) >= 0 && bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
        return bytes.longValue();
      }
    }
    throw new TypeConversionException("'" + text + "' is no size; expected a positive number of bytes like 512MB, 2GB, 2GiB or 1000000");
  }

  /** Three digits and a unit of powers of 1000: {@code "1.19 GB"}. */
  static String text(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < NAMES.length - 1) {
      value /= 1000;
      unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", value, NAMES[unit]);
  }
}
