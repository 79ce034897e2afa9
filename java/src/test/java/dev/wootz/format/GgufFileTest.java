package dev.wootz.format;

import static dev.wootz.format.RawGguf.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
  @TempDir Path folder;

  private GgufFile open(RawGguf raw) {
    return GgufFile.open(RawSafetensors.write(folder, "m.gguf", raw.file()));
  }

  @Test
  void valuesOfEveryType() {
    RawGguf raw =
        header(0, 15)
            .key("u8", 0).u8(200)
            .key("i8", 1).u8(200)
            .key("u16", 2).u8(0xff).u8(0xff)
            .key("i16", 3).u8(0xfe).u8(0xff)
            .key("u32", 4).u32(4_000_000_000L)
            .key("i32", 5).u32(-5)
            .key("f32", 6).f32(1.5f)
            .key("bool", 7).u8(1)
            .key("string", 8).text("größe")
            .key("u64", 10).u64(-1)
            .key("i64", 11).u64(-1)
            .key("f64", 12).u64(Double.doubleToLongBits(0.1))
            .key("strings", 9).u32(8).u64(2).text("a").text("")
            .key("floats", 9).u32(6).u64(2).f32(0.5f).f32(-1)
            .key("nested", 9).u32(9).u64(2).u32(0).u64(1).u8(7).u32(5).u64(0);
    try (GgufFile file = open(raw)) {
      GgufMetadata m = file.metadata();
      assertThat(m.keys()).hasSize(15).startsWith("u8", "i8").endsWith("nested");
      assertThat(m.integer("u8")).hasValue(200);
      assertThat(m.integer("i8")).hasValue(-56);
      assertThat(m.integer("u16")).hasValue(65535);
      assertThat(m.integer("i16")).hasValue(-2);
      assertThat(m.integer("u32")).hasValue(4_000_000_000L);
      assertThat(m.integer("i32")).hasValue(-5);
      assertThat(m.integer("i64")).hasValue(-1);
      assertThat(m.number("f32")).hasValue(1.5);
      assertThat(m.number("f64")).hasValue(0.1);
      assertThat(m.number("u8")).hasValue(200);
      assertThat(m.flag("bool")).contains(true);
      assertThat(m.string("string")).contains("größe");
      assertThat(m.strings("strings")).contains(List.of("a", ""));
      assertThat(m.floats("floats").orElseThrow()).containsExactly(0.5f, -1);
      assertThat((List<?>) m.value("nested")).hasSize(2);
      assertThat(m.string("absent")).isEmpty();
      assertThat(m.integer("absent")).isEmpty();
      assertWrong(() -> m.integer("u64"), Reason.METADATA_TYPE, "\"u64\"", "18446744073709551615", "2^63");
      assertWrong(() -> m.integer("f32"), Reason.METADATA_TYPE, "\"f32\"", "type f32", "an integer");
      assertWrong(() -> m.string("u8"), Reason.METADATA_TYPE, "type u8", "a string");
      assertWrong(() -> m.strings("floats"), Reason.METADATA_TYPE, "array of f32", "array of strings");
      assertWrong(() -> m.floats("strings"), Reason.METADATA_TYPE, "array of string");
      assertWrong(() -> m.flag("string"), Reason.METADATA_TYPE, "a boolean");
      assertWrong(() -> m.value("absent"), Reason.METADATA_MISSING, "\"absent\"", "15 keys");
    }
  }

  private static void assertWrong(ThrowingCallable call, Reason reason, String... message) {
    FormatException e = catchThrowableOfType(FormatException.class, call);
    assertThat(e).hasMessageContainingAll(message).hasMessageContaining("m.gguf");
    assertThat(e.reason()).isEqualTo(reason);
  }

  @Test
  void integersOfAnyWidth() {
    RawGguf raw =
        header(0, 3)
            .key("u8", 9).u32(0).u64(2).u8(1).u8(255)
            .key("u32", 9).u32(4).u64(1).u32(7)
            .key("i64", 9).u32(11).u64(1).u64(1L << 40);
    try (GgufFile file = open(raw)) {
      assertThat(file.metadata().integers("u8").orElseThrow()).containsExactly(1, 255);
      assertThat(file.metadata().integers("u32").orElseThrow()).containsExactly(7);
      assertWrong(() -> file.metadata().integers("i64"), Reason.METADATA_TYPE, "element 0 = 1099511627776", "32-bit");
    }
  }

  @Test
  void tensorsWithGapsInAnyOrder() {
    RawGguf raw = header(3, 0).tensor("b", 8, 64, 32, 2).tensor("a", 0, 0, 3, 2).tensor("none", 1, 32, 0).data(64 + 68 + 5);
    try (GgufFile file = open(raw)) {
      long start = file.tensors().get("a").offset();
      Path path = file.path();
      assertThat(file.version()).isEqualTo(3);
      assertThat(file.tensors().values())
          .containsExactly(
              new TensorInfo("b", DType.Q8_0, Shape.of(2, 32), path, start + 64, 68),
              new TensorInfo("a", DType.F32, Shape.of(2, 3), path, start, 24),
              new TensorInfo("none", DType.F16, Shape.of(0), path, start + 32, 0));
      ByteBuffer part = ByteBuffer.allocate(2);
      file.read(file.tensors().get("b"), 3, part);
      assertThat(part.array()).containsExactly(67, 68);
      Tensor mapped = file.map("b");
      assertThat(mapped.buffer().get(0)).isEqualTo((byte) 64);
      assertThatThrownBy(() -> file.map("c")).isInstanceOf(FormatException.class).hasMessageContaining("\"c\"");
    }
  }

  @Test
  void versionTwoAndOtherAlignments() {
    RawGguf raw = new RawGguf().ascii("GGUF").u32(2).u64(1).u64(1).key("general.alignment", 4).u32(8).tensor("w", 0, 8, 1).align(8).bytes(new byte[12]);
    try (GgufFile file = open(raw)) {
      assertThat(file.version()).isEqualTo(2);
      assertThat(file.tensors().get("w").offset() % 8).isZero();
    }
  }

  @Test
  void vocabularyWithoutTensors() {
    try (GgufFile file = open(header(0, 1).key("k", 0).u8(1))) {
      assertThat(file.tensors()).isEmpty();
    }
  }

  /** Text that crosses the buffer through which the header is read. */
  @Test
  void longStrings() {
    String text = "ü".repeat(100_000);
    try (GgufFile file = open(header(0, 2).key("long", 8).text(text).key("after", 4).u32(9))) {
      assertThat(file.metadata().string("long")).contains(text);
      assertThat(file.metadata().integer("after")).hasValue(9);
    }
  }

  @Test
  void filesOfLlamaCpp() {
    Path gguf = SharedFiles.find("golden/gguf");
    try (GgufFile file = GgufFile.open(gguf.resolve("qwen3-tiny-f32.gguf"))) {
      assertThat(file.metadata().string("general.architecture")).contains("qwen3");
      assertThat(file.tensors().get("token_embd.weight").shape()).isEqualTo(Shape.of(512, 64));
    }
    try (GgufFile file = GgufFile.open(gguf.resolve("qwen3-k256-q4_k_m.gguf"))) {
      assertThat(file.tensors().values()).extracting(TensorInfo::dtype).contains(DType.F32, DType.Q4_K, DType.Q6_K);
    }
  }
}
