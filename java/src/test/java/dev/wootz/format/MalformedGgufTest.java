package dev.wootz.format;

import static dev.wootz.format.RawGguf.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a GGUF file can be wrong: the reason, and a message that names file, key or tensor, found and expected. */
class MalformedGgufTest {
  private static final int U8 = 0;
  private static final int U32 = 4;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int U64 = 10;
  private static final int F32 = 0;
  private static final int Q8_0 = 8;

  @TempDir Path folder;

  record Case(String name, byte[] file, Reason reason, List<String> message) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, RawGguf file, Reason reason, String... message) {
    return of(name, file.file(), reason, message);
  }

  private static Case of(String name, byte[] file, Reason reason, String... message) {
    return new Case(name, file, reason, List.of(message));
  }

  private static Case tensor(String name, RawGguf file, Reason reason, String... message) {
    return of(name, file.data(64), reason, message);
  }

  static Stream<Case> cases() {
    return Stream.of(start(), counts(), values(), alignment(), tensors(), places()).flatMap(stream -> stream);
  }

  private static RawGguf start(long version) {
    return new RawGguf().ascii("GGUF").u32(version).u64(0).u64(0);
  }

  private static Stream<Case> start() {
    byte[] whole = header(0, 0).file();
    return Stream.of(
        of("empty file", new byte[0], Reason.FILE_TOO_SHORT, "0 bytes"),
        of("three bytes", new RawGguf().ascii("GGU"), Reason.FILE_TOO_SHORT, "3 bytes"),
        of("another format", new RawGguf().ascii("GGML").u64(1), Reason.GGUF_MAGIC, "\"GGML\"", "\"GGUF\""),
        of("git lfs", new RawGguf().ascii("version https://git-lfs.github.com/spec/v1\n"), Reason.GIT_LFS_POINTER, "git lfs pull"),
        of("web page", new RawGguf().ascii("<!DOCTYPE html>"), Reason.HTML_PAGE, "HTML page"),
        of("version 0", start(0), Reason.GGUF_VERSION, "version 0", "2 or 3"),
        of("version 1", start(1), Reason.GGUF_VERSION, "version 1", "2 or 3", "convert"),
        of("version 4", start(4), Reason.GGUF_VERSION, "version 4", "2 or 3"),
        of("version of all bits", start(-1), Reason.GGUF_VERSION, "version 4294967295"),
        of("big-endian", start(0x03000000), Reason.GGUF_BIG_ENDIAN, "big-endian"),
        of("ends in the version", Arrays.copyOf(whole, 6), Reason.TRUNCATED, "the version", "byte 6"),
        of("ends in the counts", Arrays.copyOf(whole, 12), Reason.TRUNCATED, "the number of tensors", "byte 12"));
  }

  private static Stream<Case> counts() {
    return Stream.of(
        of("more tensors than bytes", header(1_000_000_000_000L, 0), Reason.GGUF_COUNT, "number of tensors", "1000000000000", "at most 0"),
        of("negative tensors", header(-1, 0), Reason.GGUF_COUNT, "18446744073709551615"),
        of("more keys than bytes", header(0, 1).ascii("123456789012"), Reason.GGUF_COUNT, "number of keys", "found 1", "at most 0"),
        of("negative keys", header(0, Long.MIN_VALUE), Reason.GGUF_COUNT, "9223372036854775808"),
        of("key too long", header(0, 1).u64(70_000).bytes(new byte[80_000]), Reason.GGUF_STRING_LENGTH, "key 0", "70000", "65535"),
        of("key beyond the file", header(0, 1).u64(6).ascii("aaaaa"), Reason.GGUF_STRING_LENGTH, "6 bytes", "at most 5"),
        of("key of absurd length", header(0, 1).u64(-1).ascii("aaaaa"), Reason.GGUF_STRING_LENGTH, "18446744073709551615"),
        of("key not UTF-8", header(0, 1).u64(2).u8('a').u8(0xff).key("", U8), Reason.GGUF_NOT_UTF8, "key 0", "0xff at byte 1"));
  }

  private static Stream<Case> values() {
    RawGguf deep = header(0, 1).key("deep", ARRAY);
    for (int i = 0; i < 6; i++) {
      deep.u32(ARRAY).u64(1);
    }
    return Stream.of(
        of("twice the same key", header(0, 2).key("k", U8).u8(1).key("k", U8).u8(1), Reason.DUPLICATE_KEY, "key \"k\"", "twice"),
        of("no value", header(0, 1).key("k", U32).u8(1), Reason.TRUNCATED, "key \"k\"", "expected 4 bytes"),
        of("value type 13", header(0, 1).key("k", 13).u64(0), Reason.GGUF_VALUE_TYPE, "key \"k\"", "value type 13", "0 to 12"),
        of("negative value type", header(0, 1).key("k", -1).u64(0), Reason.GGUF_VALUE_TYPE, "4294967295"),
        of("boolean 2", header(0, 1).key("k", BOOL).u8(2), Reason.GGUF_BOOLEAN, "key \"k\"", "boolean 2", "0 or 1"),
        of("string beyond the file", header(0, 1).key("k", STRING).u64(9).ascii("12345678"), Reason.GGUF_STRING_LENGTH, "9 bytes", "at most 8"),
        of("string not UTF-8", header(0, 1).key("k", STRING).u64(2).u8(0xc0).u8(0x80), Reason.GGUF_NOT_UTF8, "key \"k\"", "0xc0 at byte 0"),
        of("array beyond the file", header(0, 1).key("k", ARRAY).u32(U32).u64(3).u64(0), Reason.GGUF_COUNT, "3 array elements of type u32", "at most 2"),
        of("array of absurd length", header(0, 1).key("k", ARRAY).u32(U8).u64(-1), Reason.GGUF_COUNT, "18446744073709551615"),
        of("array of strings beyond the file", header(0, 1).key("k", ARRAY).u32(STRING).u64(2).u64(0), Reason.GGUF_COUNT, "at most 1"),
        of("array of unknown type", header(0, 1).key("k", ARRAY).u32(99).u64(0), Reason.GGUF_VALUE_TYPE, "99"),
        of("boolean 3 in an array", header(0, 1).key("k", ARRAY).u32(BOOL).u64(2).u8(1).u8(3), Reason.GGUF_BOOLEAN, "boolean 3"),
        of("arrays nested deep", deep, Reason.GGUF_NESTING, "key \"deep\"", "deeper than 4"));
  }

  private static Stream<Case> alignment() {
    String key = "general.alignment";
    return Stream.of(
        of("alignment 0", header(0, 1).key(key, U32).u32(0), Reason.GGUF_ALIGNMENT, key, "found 0", "power of two"),
        of("alignment 4", header(0, 1).key(key, U32).u32(4), Reason.GGUF_ALIGNMENT, "found 4"),
        of("alignment 24", header(0, 1).key(key, U32).u32(24), Reason.GGUF_ALIGNMENT, "found 24"),
        of("alignment 2^31", header(0, 1).key(key, U32).u32(1L << 31), Reason.GGUF_ALIGNMENT, "2147483648"),
        of("alignment 2^63", header(0, 1).key(key, U64).u64(Long.MIN_VALUE), Reason.GGUF_ALIGNMENT, "9223372036854775808"),
        of("alignment as text", header(0, 1).key(key, STRING).text("32"), Reason.GGUF_ALIGNMENT, "type string"));
  }

  private static Stream<Case> tensors() {
    return Stream.of(
        tensor("no dimension", header(1, 0).tensor("w", F32, 0), Reason.GGUF_RANK, "tensor \"w\"", "0 dimensions", "1 to 4"),
        tensor("five dimensions", header(1, 0).tensor("w", F32, 0, 1, 1, 1, 1, 1), Reason.GGUF_RANK, "5 dimensions"),
        tensor("absurd number of dimensions", header(1, 0).text("w").u32(-1).u64(0).u64(0), Reason.GGUF_RANK, "4294967295"),
        tensor("negative extent", header(1, 0).tensor("w", F32, 0, -4), Reason.SHAPE_OVERFLOW, "\"w\"", "18446744073709551612"),
        tensor("elements overflow", header(1, 0).tensor("w", F32, 0, 1L << 32, 1L << 32), Reason.SHAPE_OVERFLOW, "4294967296", "63 bits"),
        tensor("bytes overflow", header(1, 0).tensor("w", F32, 0, 1L << 62), Reason.SHAPE_OVERFLOW, "63 bits"),
        tensor("end overflows", header(1, 0).tensor("w", F32, Long.MAX_VALUE - 31, 16), Reason.SHAPE_OVERFLOW, "9223372036854775776"),
        tensor("unknown type", header(1, 0).tensor("w", 77, 0, 4), Reason.UNKNOWN_DTYPE, "\"w\"", "element type 77"),
        tensor("type of all bits", header(1, 0).tensor("w", -1, 0, 4), Reason.UNKNOWN_DTYPE, "4294967295"),
        tensor("type that is not read", header(1, 0).tensor("w", 16, 0, 256), Reason.UNSUPPORTED_DTYPE, "16", "IQ2_XXS", "Q4_0"),
        tensor("withdrawn type", header(1, 0).tensor("w", 4, 0, 32), Reason.UNSUPPORTED_DTYPE, "4", "withdrawn"),
        tensor("half a block", header(1, 0).tensor("w", Q8_0, 0, 48, 2), Reason.GGUF_BLOCKS, "48", "blocks of 32"),
        tensor("twice the same name", header(2, 0).tensor("w", F32, 0, 4).tensor("w", F32, 32, 4), Reason.DUPLICATE_KEY, "\"w\"", "twice"),
        of("ends in a tensor", header(1, 0).text("w").u32(2).u64(2).ascii("12345678901"), Reason.TRUNCATED, "tensor \"w\""));
  }

  private static Stream<Case> places() {
    return Stream.of(
        tensor("offset not aligned", header(1, 0).tensor("w", F32, 16, 4), Reason.GGUF_ALIGNMENT, "\"w\"", "offset 16", "alignment 32"),
        tensor("negative offset", header(1, 0).tensor("w", F32, -32, 4), Reason.GGUF_ALIGNMENT, "18446744073709551584"),
        tensor("data beyond the file", header(1, 0).tensor("w", F32, 32, 9), Reason.TRUNCATED, "\"w\"", "[96, 132)", "128"),
        tensor("offset beyond the file", header(1, 0).tensor("w", F32, 1 << 20, 1), Reason.TRUNCATED, "\"w\""),
        tensor("no data", header(1, 0).tensor("w", F32, 0, 1000), Reason.TRUNCATED, "unfinished"),
        tensor("overlap", header(2, 0).tensor("v", F32, 0, 9).tensor("w", F32, 32, 4), Reason.OVERLAP, "\"w\"", "\"v\""),
        tensor("the same place", header(2, 0).tensor("v", F32, 0, 4).tensor("w", F32, 0, 4), Reason.OVERLAP, "\"v\"", "\"w\""));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefused(Case wrong) {
    Path path = RawSafetensors.write(folder, "wrong.gguf", wrong.file());
    FormatException e = catchThrowableOfType(FormatException.class, () -> GgufFile.open(path));
    assertThat(e).as(wrong.name()).isNotNull();
    assertThat(e).hasMessageContainingAll(wrong.message().toArray(String[]::new)).hasMessageStartingWith(path.toString());
    assertThat(e.reason()).isEqualTo(wrong.reason());
  }

  /** Wherever a file ends, before its last tensor is whole it is refused. */
  @Test
  void everyPrefixIsRefused() {
    byte[] whole = header(1, 3).key("a", STRING).text("é").key("b", ARRAY).u32(STRING).u64(2).text("x").text("")
        .key("general.alignment", U64).u64(64).tensor("w", F32, 0, 2, 3).align(64).bytes(new byte[24]).file();
    GgufFile.open(RawSafetensors.write(folder, "whole.gguf", whole)).close();
    for (int length = 0; length < whole.length; length++) {
      Path path = RawSafetensors.write(folder, "cut.gguf", Arrays.copyOf(whole, length));
      assertThat(catchThrowableOfType(FormatException.class, () -> GgufFile.open(path))).as("cut to %d bytes", length).isNotNull();
    }
  }

  @Test
  void namesCannotReachTheTerminal() {
    Path path = RawSafetensors.write(folder, "wrong.gguf", header(1, 0).tensor("\u001b[2J\u202e", 77, 0, 4).data(32).file());
    FormatException e = catchThrowableOfType(FormatException.class, () -> GgufFile.open(path));
    assertThat(e.getMessage().getBytes(StandardCharsets.UTF_8)).doesNotContain((byte) 0x1b);
  }
}
