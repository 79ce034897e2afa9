package dev.wootz.format;

import static dev.wootz.format.RawSafetensors.entry;
import static dev.wootz.format.RawSafetensors.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a safetensors file can be wrong: the reason, and a message that names file, tensor or field, found and expected. */
class MalformedSafetensorsTest {
  @TempDir Path folder;

  record Case(String name, byte[] file, Reason reason, List<String> message) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, byte[] file, Reason reason, String... message) {
    return new Case(name, file, reason, List.of(message));
  }

  /** A header of the tensor "w" alone, with one thing wrong. */
  private static Case header(String name, String header, int dataBytes, Reason reason, String... message) {
    return of(name, file(header, dataBytes), reason, message);
  }

  private static Case body(String name, String body, Reason reason, String... message) {
    return header(name, "{\"w\":" + body + "}", 8, reason, message);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] whole = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    return whole;
  }

  static Stream<Case> cases() {
    return Stream.of(length(), syntax(), metadata(), fields(), extents(), cover()).flatMap(stream -> stream);
  }

  private static Stream<Case> length() {
    byte[] empty = text("{}");
    return Stream.of(
        of("empty file", new byte[0], Reason.FILE_TOO_SHORT, "0 bytes", "at least the 8 bytes"),
        of("seven bytes", new byte[7], Reason.FILE_TOO_SHORT, "7 bytes"),
        of("length 0", file(0, new byte[0], 0), Reason.HEADER_START, "empty header", "brace"),
        of("length 100 GB", file(100_000_000_000L, empty, 0), Reason.HEADER_TOO_LARGE, "100000000000", "100000000"),
        of("length 100 MB + 1", file(100_000_001, empty, 0), Reason.HEADER_TOO_LARGE, "100000001", "at most 100000000"),
        of("length 2^63", file(Long.MIN_VALUE, empty, 0), Reason.HEADER_TOO_LARGE, "9223372036854775808"),
        of("length 2^64 - 1", file(-1, empty, 0), Reason.HEADER_TOO_LARGE, "18446744073709551615"),
        of("length 2^63 - 1", file(Long.MAX_VALUE, empty, 0), Reason.HEADER_TOO_LARGE, "9223372036854775807"),
        of("length 100 MB", file(100_000_000, empty, 0), Reason.HEADER_BEYOND_FILE, "100000000", "at most 2"),
        of("length one beyond the end", file(3, empty, 0), Reason.HEADER_BEYOND_FILE, "3 bytes", "at most 2"),
        of("header cut short", file(1, empty, 1), Reason.HEADER_NOT_JSON, "line 1"),
        of(
            "Git LFS pointer",
            text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n"),
            Reason.GIT_LFS_POINTER,
            "git lfs pull"),
        of("HTML page", text("\n <!DOCTYPE html>\n<html><body>Access denied</body></html>"), Reason.HTML_PAGE, "HTML"),
        of("bare HTML page", text("<html>no"), Reason.HTML_PAGE, "HTML"),
        of("GGUF file", join(text("GGUF"), bytes(3, 0, 0, 0), new byte[16]), Reason.OTHER_FORMAT, "GGUF"),
        of("PyTorch archive", join(text("PK\u0003\u0004"), new byte[60]), Reason.OTHER_FORMAT, "PyTorch", "convert"),
        of("pickle", join(bytes(0x80, 2), text("ccollections\nOrderedDict")), Reason.OTHER_FORMAT, "PyTorch"));
  }

  private static Stream<Case> syntax() {
    return Stream.of(
        header("array", "[]", 0, Reason.HEADER_START, "0x5b", "brace"),
        header("space before the brace", " {}", 0, Reason.HEADER_START, "0x20"),
        of("byte order mark", file(join(bytes(0xEF, 0xBB, 0xBF), text("{}")), 0), Reason.HEADER_START, "0xef"),
        of("UTF-16", file("{}".getBytes(StandardCharsets.UTF_16LE), 0), Reason.HEADER_NOT_JSON),
        of("stray continuation byte", file(join(text("{\"a"), bytes(0x80), text("\":1}")), 0), Reason.HEADER_NOT_UTF8, "byte 3"),
        of("overlong slash", file(join(text("{\"a"), bytes(0xC0, 0xAF), text("\":1}")), 0), Reason.HEADER_NOT_UTF8, "byte 3"),
        of("encoded surrogate", file(join(text("{\""), bytes(0xED, 0xA0, 0x80), text("\":1}")), 0), Reason.HEADER_NOT_UTF8),
        of("cut character", file(join(text("{\"a\":\""), bytes(0xE2, 0x82)), 0), Reason.HEADER_NOT_UTF8, "byte 6"),
        header("no closing brace", "{", 0, Reason.HEADER_NOT_JSON),
        header("two objects", "{}{}", 0, Reason.HEADER_NOT_JSON, "spaces only"),
        header("text after the object", "{}x", 0, Reason.HEADER_NOT_JSON),
        header("zero bytes as padding", "{}\0\0", 0, Reason.HEADER_NOT_JSON),
        header("trailing comma", "{" + entry("w", "F32", "[2]", 0, 8) + ",}", 8, Reason.HEADER_NOT_JSON),
        header("comment", "{/* none */}", 0, Reason.HEADER_NOT_JSON),
        header("single quotes", "{'w':1}", 0, Reason.HEADER_NOT_JSON),
        header("control character in a name", "{\"a\nb\":1}", 0, Reason.HEADER_NOT_JSON),
        header("leading zero", "{" + entry("w", "F32", "[02]", 0, 8) + "}", 8, Reason.HEADER_NOT_JSON),
        header("nested deeply", "{\"w\":{\"shape\":" + "[".repeat(100_000), 0, Reason.FIELD_TYPE, "an array", "integers only"),
        header("half a surrogate pair", "{" + entry("a\\ud800", "F32", "[2]", 0, 8) + "}", 8, Reason.HEADER_NOT_JSON, "surrogate"),
        header(
            "tensor twice",
            "{" + entry("w", "F32", "[2]", 0, 8) + "," + entry("w", "F32", "[2]", 8, 16) + "}",
            16,
            Reason.DUPLICATE_KEY,
            "tensor \"w\"",
            "twice"),
        header(
            "tensor twice, once with an escape",
            "{" + entry("w", "F32", "[2]", 0, 8) + "," + entry("\\u0077", "F32", "[2]", 8, 16) + "}",
            16,
            Reason.DUPLICATE_KEY,
            "tensor \"w\""));
  }

  private static Stream<Case> metadata() {
    return Stream.of(
        header("metadata a string", "{\"__metadata__\":\"pt\"}", 0, Reason.METADATA_NOT_STRINGS, "\"pt\"", "object of strings"),
        header("metadata null", "{\"__metadata__\":null}", 0, Reason.METADATA_NOT_STRINGS, "null"),
        header("metadata value a number", "{\"__metadata__\":{\"n\":1}}", 0, Reason.METADATA_NOT_STRINGS, "number 1", "\"n\""),
        header("metadata value an object", "{\"__metadata__\":{\"n\":{}}}", 0, Reason.METADATA_NOT_STRINGS, "an object", "\"n\""),
        header("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, Reason.DUPLICATE_KEY, "__metadata__ twice"),
        header("metadata key twice", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, Reason.DUPLICATE_KEY, "\"a\" twice"));
  }

  private static Stream<Case> fields() {
    return Stream.of(
        body("entry null", "null", Reason.ENTRY_NOT_OBJECT, "tensor \"w\"", "null", "an object"),
        body("entry an array", "[1]", Reason.ENTRY_NOT_OBJECT, "an array"),
        body("no dtype", "{\"shape\":[2],\"data_offsets\":[0,8]}", Reason.FIELD_MISSING, "no dtype", "tensor \"w\""),
        body("no shape", "{\"dtype\":\"F32\",\"data_offsets\":[0,8]}", Reason.FIELD_MISSING, "no shape"),
        body("no data_offsets", "{\"dtype\":\"F32\",\"shape\":[2]}", Reason.FIELD_MISSING, "no data_offsets"),
        body("empty entry", "{}", Reason.FIELD_MISSING, "no dtype"),
        body("strange field", "{\"dtype\":\"F32\",\"strides\":[1]}", Reason.FIELD_UNKNOWN, "\"strides\"", "expected dtype, shape"),
        body("dtype twice", "{\"dtype\":\"F32\",\"dtype\":\"F32\"}", Reason.DUPLICATE_KEY, "dtype twice"),
        body("shape twice", "{\"shape\":[2],\"shape\":[2]}", Reason.DUPLICATE_KEY, "shape twice"),
        body("data_offsets twice", "{\"data_offsets\":[0,8],\"data_offsets\":[0,8]}", Reason.DUPLICATE_KEY, "data_offsets twice"),
        body("dtype a number", "{\"dtype\":32}", Reason.FIELD_TYPE, "number 32", "a string"),
        body("dtype of PyTorch", "{\"dtype\":\"float32\"}", Reason.UNKNOWN_DTYPE, "\"float32\"", "BF16"),
        body("dtype in lower case", "{\"dtype\":\"f32\"}", Reason.UNKNOWN_DTYPE, "\"f32\""),
        body("dtype F4", "{\"dtype\":\"F4\"}", Reason.UNSUPPORTED_DTYPE, "F4", "not supported"),
        body("dtype F8_E8M0", "{\"dtype\":\"F8_E8M0\"}", Reason.UNSUPPORTED_DTYPE, "F8_E8M0"),
        body("dtype C64", "{\"dtype\":\"C64\"}", Reason.UNSUPPORTED_DTYPE, "C64"),
        body("shape a number", "{\"shape\":2}", Reason.FIELD_TYPE, "number 2", "array of integers"),
        body("shape with a string", "{\"shape\":[\"2\"]}", Reason.FIELD_TYPE, "string \"2\"", "integers only"),
        body("shape with a fraction", "{\"shape\":[2.0]}", Reason.FIELD_TYPE, "number 2.0"),
        body("shape with an exponent", "{\"shape\":[2e0]}", Reason.FIELD_TYPE, "number 2e0"),
        body("shape with null", "{\"shape\":[null]}", Reason.FIELD_TYPE, "null"),
        body("data_offsets an object", "{\"data_offsets\":{}}", Reason.FIELD_TYPE, "an object"),
        header("one offset", offsets("[0]"), 8, Reason.FIELD_TYPE, "1 numbers", "[begin, end]"),
        header("three offsets", offsets("[0,4,8]"), 8, Reason.FIELD_TYPE, "3 numbers"));
  }

  private static String offsets(String offsets) {
    return "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + offsets + "}}";
  }

  private static String shape(String shape) {
    return "{\"w\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,8]}}";
  }

  private static Stream<Case> extents() {
    return Stream.of(
        header("negative extent", shape("[-2]"), 8, Reason.NEGATIVE_EXTENT, "-2", "shape"),
        header("negative zero", shape("[-0]"), 8, Reason.NEGATIVE_EXTENT, "-0"),
        header("extent 2^63", shape("[9223372036854775808]"), 8, Reason.SHAPE_OVERFLOW, "9223372036854775808", "2^63"),
        header("extent of 900 digits", shape("[" + "9".repeat(900) + "]"), 8, Reason.SHAPE_OVERFLOW, "9999..."),
        header("elements overflow", shape("[4294967296,4294967296]"), 8, Reason.SHAPE_OVERFLOW, "4294967296"),
        header("elements overflow before a zero", shape("[4294967296,4294967296,0]"), 8, Reason.SHAPE_OVERFLOW),
        header("bytes overflow", shape("[4611686018427387904]"), 8, Reason.SHAPE_OVERFLOW, "F32", "2^63 bytes"),
        header("bytes wrap around to the right size", shape("[4611686018427387906]"), 8, Reason.SHAPE_OVERFLOW),
        header("negative begin", offsets("[-8,0]"), 8, Reason.NEGATIVE_OFFSET, "-8"),
        header("negative end", offsets("[0,-8]"), 8, Reason.NEGATIVE_OFFSET, "-8"),
        header("offset 2^64", offsets("[0,18446744073709551616]"), 8, Reason.OFFSET_OVERFLOW, "18446744073709551616"),
        header("end before begin", offsets("[8,0]"), 8, Reason.OFFSETS_REVERSED, "[8, 0]", "begin <= end"),
        header("data too small for the shape", offsets("[0,4]"), 4, Reason.SIZE_MISMATCH, "4 bytes", "expected 8", "[2]", "F32"),
        header("data too large for the shape", offsets("[0,12]"), 12, Reason.SIZE_MISMATCH, "12 bytes", "expected 8"),
        header("scalar of 8 bytes", shape("[]"), 8, Reason.SIZE_MISMATCH, "expected 4"));
  }

  private static Stream<Case> cover() {
    String a = entry("a", "F32", "[2]", 0, 8);
    return Stream.of(
        header("file ends early", "{" + a + "}", 7, Reason.TRUNCATED, "tensor \"a\"", "7 bytes of data", "[0, 8]", "unfinished download"),
        header("data_offsets far outside", "{" + entry("a", "U8", "[1]", 1L << 62, (1L << 62) + 1) + "}", 8, Reason.TRUNCATED),
        header("same bytes twice", "{" + a + "," + entry("b", "F32", "[2]", 0, 8) + "}", 8, Reason.OVERLAP, "tensor \"b\"", "\"a\""),
        header("one byte shared", "{" + a + "," + entry("b", "U8", "[8]", 7, 15) + "}", 15, Reason.OVERLAP, "[7, 15]", "begin at 8"),
        header("empty tensor inside another", "{" + a + "," + entry("b", "F32", "[0]", 4, 4) + "}", 8, Reason.OVERLAP, "\"b\""),
        header("gap before the first", "{" + entry("a", "F32", "[2]", 4, 12) + "}", 12, Reason.HOLE, "after the header", "begin at 0"),
        header("gap between", "{" + a + "," + entry("b", "U8", "[4]", 9, 13) + "}", 13, Reason.HOLE, "tensor \"a\"", "begin at 8"),
        header("bytes at the end", "{" + a + "}", 9, Reason.TRAILING_BYTES, "9 bytes", "expected 8", "last 1"),
        header("data without tensors", "{}", 3, Reason.TRAILING_BYTES, "3 bytes", "expected 0"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refused(Case wrong) {
    Path path = RawSafetensors.write(folder, "wrong.safetensors", wrong.file);
    FormatException e = catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(path).close());
    assertThat(e).as("no exception").isNotNull();
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(wrong.reason);
    assertThat(e.path()).isEqualTo(path);
    assertThat(e).hasMessageStartingWith(path + ": ").hasMessageContaining("found ");
    wrong.message.forEach(part -> assertThat(e).hasMessageContaining(part));
    assertThat(e.getMessage()).hasSizeLessThan(600).doesNotContain("\n");
  }

  @Test
  void everyReasonOfAHeaderHasACase() {
    Set<Reason> covered = cases().map(Case::reason).collect(Collectors.toCollection(() -> EnumSet.noneOf(Reason.class)));
    assertThat(covered).containsAll(EnumSet.range(Reason.FILE_TOO_SHORT, Reason.TRAILING_BYTES));
  }

  @Test
  void sparseFileWithAHugeHeaderIsRefusedByItsFirstByte() throws Exception {
    Path path = folder.resolve("sparse.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(8 + 100_000_000L);
      file.write(file(99_999_999, new byte[0], 0));
    }
    FormatException e = catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(path));
    assertThat(e.reason()).isEqualTo(Reason.HEADER_START);
  }

  @Test
  void notAFile() {
    FormatException none = catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(folder.resolve("none")));
    assertThat(none.reason()).isEqualTo(Reason.NOT_FOUND);
    FormatException directory = catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(folder));
    assertThat(directory.reason()).isEqualTo(Reason.NOT_A_FILE);
    assertThat(directory).hasMessageContaining("found a folder, expected a file");
  }

  @Test
  void refusedFilesAreClosed() {
    Path path = RawSafetensors.write(folder, "wrong.safetensors", new byte[3]);
    long open = openDescriptors();
    for (int i = 0; i < 50; i++) {
      catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(path));
    }
    assertThat(openDescriptors()).isLessThan(open + 25);
  }

  private static long openDescriptors() {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return 0;
    }
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.count();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void namesFromFilesCannotMoveTheCursor() {
    String escape = "\\u001b[2J\\u202e\\\"";
    Path path = RawSafetensors.write(folder, "wrong.safetensors", file("{" + entry(escape + "x".repeat(500), "F32", "[2]", 0, 4) + "}", 4));
    FormatException e = catchThrowableOfType(FormatException.class, () -> SafetensorsFile.open(path));
    assertThat(e).hasMessageContaining("\\u001b[2J\\u202e\\\"xxx").hasMessageContaining("...\"");
    assertThat(e.tensor()).startsWith("\u001b[2J").hasSizeGreaterThan(500);
  }
}
