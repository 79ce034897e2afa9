package dev.wootz.format;

import static dev.wootz.format.RawSafetensors.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFilesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"/golden/merge/bf16/base/config.json", "/golden/merge/bf16/lora/adapter_config.json"})
  void whatPythonWroteStaysTheSame(String name) throws Exception {
    Path source = RawSafetensors.resource(name);
    Path copy = folder.resolve("copy.json");
    JsonFiles.write(copy, JsonFiles.read(source));
    assertThat(Files.readString(copy).stripTrailing()).isEqualTo(Files.readString(source).stripTrailing());
  }

  @Test
  void allKindsOfValues() throws Exception {
    String json =
        """
        {
          "z": [],
          "a": {},
          "list": [
            1,
            -0.0,
            [
              null
            ]
          ],
          "limit": [
            0.0,
            Infinity,
            -Infinity,
            NaN
          ],
          "big": 123456789012345678901234567890,
          "text": "ü \\" \\\\ \\n \\u0007 \ud83d\ude00",
          "half": "\\uD800x",
          "eps": 1e-06,
          "theta": 1000000.0,
          "yes": true
        }
        """;
    write(folder, "a.json", json);
    ObjectNode read = JsonFiles.read(folder.resolve("a.json"));
    JsonFiles.write(folder.resolve("b.json"), read);
    assertThat(Files.readString(folder.resolve("b.json"))).isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource({
    "1e-06, 1e-06",
    "1E-5, 1e-05",
    "0.0001, 0.0001",
    "0.00012, 0.00012",
    "0.02, 0.02",
    "1, 1.0",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "1.5e16, 1.5e+16",
    "123456789.125, 123456789.125",
    "1e22, 1e+22",
    "2e-3, 0.002",
    "2.0E-322, 2e-322",
    "4.9e-324, 5e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "-0.1, -0.1",
    "9007199254740993, 9007199254740992.0",
    "0.30000000000000004, 0.30000000000000004",
  })
  void numbersAsPythonPrintsThem(double value, String text) {
    assertThat(PythonJson.text(value)).isEqualTo(text);
  }

  @Test
  void numbersSurviveARoundTrip() {
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertThat(Double.parseDouble(PythonJson.text(value))).isEqualTo(value);
      }
    }
  }

  @Test
  void wrongFiles() throws Exception {
    assertRefused("", Reason.JSON_INVALID, "nothing", "expected a JSON object");
    assertRefused("[1]", Reason.JSON_INVALID, "an array");
    assertRefused("null", Reason.JSON_INVALID, "null");
    assertRefused("{\n  \"a\": 1,\n}", Reason.JSON_INVALID, "line 3, column 1");
    assertRefused("{} {}", Reason.JSON_INVALID);
    assertRefused("{\"a\": 1, \"a\": 2}", Reason.DUPLICATE_KEY, "Duplicate field 'a'");
    assertRefused("{\"a\":" + "[".repeat(100_000), Reason.JSON_INVALID, "nesting depth");
    assertRefused("version https://git-lfs.github.com/spec/v1\n", Reason.GIT_LFS_POINTER, "git lfs pull");
    Files.write(folder.resolve("latin1.json"), "{\"a\": \"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1));
    FormatException e = catchThrowableOfType(FormatException.class, () -> JsonFiles.read(folder.resolve("latin1.json")));
    assertThat(e).hasMessageContaining("not UTF-8 at byte 7");
  }

  private void assertRefused(String json, Reason reason, String... message) {
    Path file = write(folder, "wrong.json", json);
    FormatException e = catchThrowableOfType(FormatException.class, () -> JsonFiles.read(file));
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
    assertThat(e).hasMessageStartingWith(file + ": ");
    List.of(message).forEach(part -> assertThat(e).hasMessageContaining(part));
  }

  @Test
  void replacesAFileAsAWhole() throws Exception {
    Path file = write(folder, "a.txt", "old, and longer than the new one");
    AtomicFiles.write(file, "new".getBytes(StandardCharsets.UTF_8));
    assertThat(file).hasContent("new");
    assertOnly("a.txt");
  }

  @Test
  void failureLeavesTheOldFileAndNothingElse() throws Exception {
    Path file = write(folder, "a.txt", "old");
    FormatException e = catchThrowableOfType(FormatException.class, () -> AtomicFiles.copy(folder.resolve("none"), file));
    assertThat(e.reason()).isEqualTo(Reason.WRITE_FAILED);
    assertThat(e).hasMessageContainingAll("a.txt", "there is no", "none");
    assertThat(file).hasContent("old");
    assertOnly("a.txt");
  }

  @Test
  void interruptsDoNotDisturb() throws Exception {
    Path file = folder.resolve("a.txt");
    Thread.currentThread().interrupt();
    AtomicFiles.write(file, new byte[1 << 16]);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasSize(1 << 16);
  }

  @Test
  void copiesCompanions() throws Exception {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path target = Files.createDirectory(folder.resolve("target"));
    Path tokenizer = write(source, "tokenizer.json", "{}");
    Files.createSymbolicLink(source.resolve("merges.txt"), write(source, "blob", "a b"));
    AtomicFiles.copyInto(List.of(tokenizer, source.resolve("merges.txt")), target);
    assertThat(target.resolve("tokenizer.json")).hasContent("{}");
    assertThat(target.resolve("merges.txt")).hasContent("a b").isRegularFile();
    assertThat(Files.isSymbolicLink(target.resolve("merges.txt"))).isFalse();
  }

  private void assertOnly(String name) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve(name));
    }
  }
}
