package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLineTest {
  private final StringWriter written = new StringWriter();
  private final PrintWriter err = new PrintWriter(written);

  @Test
  void rewritesOneLineOfATerminal() {
    try (ProgressLine line = new ProgressLine(err, ProgressLine.Style.LINE)) {
      line.update("merging", 25, 100, "model.layers.0." + "x".repeat(100));
      line.update("merging", 26, 100, "too soon");
      line.message("warning: odd");
    }
    String[] lines = written.toString().split("\r\033\\[K");
    assertThat(lines[1]).startsWith("merging 25 B of 100 B   25 %").hasSizeLessThan(80);
    assertThat(lines[2]).isEqualTo(String.format("wootz: warning: odd%n"));
    assertThat(lines).hasSize(3);
  }

  @Test
  void isSparseElsewhere() {
    try (ProgressLine line = new ProgressLine(err, ProgressLine.Style.SPARSE)) {
      line.update("merging", 25, 100, "a");
      line.update("merging", 100, 100, "b");
      line.message("done");
    }
    assertThat(written).hasToString(String.format("wootz: done%n"));
  }

  @ParameterizedTest
  @CsvSource({"0.04, 0.0 s", "9.9, 9.9 s", "9.96, 10 s", "59.4, 59 s", "200, 3 min 20 s", "7500, 2 h 5 min"})
  void durationsAreShort(double seconds, String text) {
    assertThat(ProgressLine.duration(seconds)).isEqualTo(text);
  }
}
