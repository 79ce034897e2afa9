package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "1, 1", "4096, 4096", "512MB, 512000000", "512MiB, 536870912", "2GB, 2000000000", "2GiB, 2147483648", "2g, 2000000000", "1.5KB, 1500",
    "0.5 GiB, 536870912", "3B, 3", "1TB, 1000000000000"
  })
  void readsWhatPeopleWrite(String text, long bytes) {
    assertThat(new ByteSize().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GB", "-1", "0", "0.1B", "2X", "2 GB GB", "1e9", "99999999999999999999", "NaN", "2IB"})
  void refusesTheRest(String text) {
    assertThatThrownBy(() -> new ByteSize().convert(text)).isInstanceOf(TypeConversionException.class).hasMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.00 kB", "9996, 10.0 kB", "123456, 123 kB", "999600, 1.00 MB", "1192099840, 1.19 GB"})
  void writesThreeDigits(long bytes, String text) {
    assertThat(ByteSize.text(bytes)).isEqualTo(text);
  }
}
