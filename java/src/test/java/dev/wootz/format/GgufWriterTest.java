package dev.wootz.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
  @TempDir Path folder;

  private static final List<TensorSpec> TENSORS =
      List.of(new TensorSpec("a", DType.F32, Shape.of(2, 3)), new TensorSpec("none", DType.F16, Shape.of(0)), new TensorSpec("b", DType.Q8_0, Shape.of(3, 32)));

  private static Map<String, GgufValue> everyType() {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    values.put("text", GgufValue.string("größe 😀"));
    values.put("count", GgufValue.u32(4_000_000_000L));
    values.put("number", GgufValue.f32(1e-6));
    values.put("flag", GgufValue.bool(true));
    values.put("texts", GgufValue.strings(List.of("a", "", "ü")));
    values.put("numbers", GgufValue.f32s(1, -2.5f));
    values.put("integers", GgufValue.i32s(1, -2));
    values.put("u8", new GgufValue(GgufValue.Type.U8, null, 200L));
    values.put("i16", new GgufValue(GgufValue.Type.I16, null, -2L));
    values.put("u64", new GgufValue(GgufValue.Type.U64, null, -1L));
    values.put("f64", new GgufValue(GgufValue.Type.F64, null, 0.1));
    values.put("nested", new GgufValue(GgufValue.Type.ARRAY, GgufValue.Type.ARRAY, List.of(GgufValue.i32s(7), GgufValue.strings(List.of("x")))));
    return values;
  }

  @Test
  void isReadAsItWasWritten() {
    Path path = folder.resolve("m.gguf");
    try (GgufWriter writer = GgufWriter.create(path, everyType(), TENSORS, false)) {
      ByteBuffer data = ByteBuffer.allocate(102);
      for (int i = 0; i < 102; i++) {
        data.put((byte) i);
      }
      writer.write("b", 0, data.flip().limit(50));
      writer.write("b", 50, data.limit(102));
      writer.write("a", 8, ByteBuffer.wrap(new byte[] {1, 2}));
      assertThat(path).doesNotExist();
      writer.finish();
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.version()).isEqualTo(3);
      assertThat(file.metadata().keys()).containsExactlyElementsOf(everyType().keySet());
      assertThat(file.metadata().string("text")).contains("größe 😀");
      assertThat(file.metadata().integer("count")).hasValue(4_000_000_000L);
      assertThat(file.metadata().number("number")).hasValue((float) 1e-6);
      assertThat(file.metadata().integer("u8")).hasValue(200);
      assertThat(file.metadata().integer("i16")).hasValue(-2);
      assertThat(file.metadata().value("u64")).isEqualTo(-1L);
      assertThat(file.metadata().number("f64")).hasValue(0.1);
      assertThat(file.metadata().strings("texts")).contains(List.of("a", "", "ü"));
      assertThat(file.metadata().floats("numbers").orElseThrow()).containsExactly(1, -2.5f);
      assertThat(file.metadata().integers("integers").orElseThrow()).containsExactly(1, -2);
      assertThat((List<?>) file.metadata().value("nested")).hasSize(2);
      assertThat(file.tensors().values()).extracting(TensorInfo::name).containsExactly("a", "none", "b");
      assertThat(file.tensors().get("b").shape()).isEqualTo(Shape.of(3, 32));
      assertThat(file.tensors().values()).allMatch(tensor -> tensor.offset() % 32 == 0);
      ByteBuffer read = ByteBuffer.allocate(2);
      file.read(file.tensors().get("b"), 100, read);
      assertThat(read.array()).containsExactly(100, 101);
      file.read(file.tensors().get("a"), 8, read.clear());
      assertThat(read.array()).containsExactly(1, 2);
    }
  }

  @Test
  void anUnfinishedFileVanishes() throws Exception {
    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"), Map.of(), TENSORS, false)) {
      writer.write("a", 0, ByteBuffer.allocate(24));
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void replacesAFileOnlyWhenTold() throws Exception {
    Path path = Files.writeString(folder.resolve("m.gguf"), "old");
    assertThatThrownBy(() -> GgufWriter.create(path, Map.of(), TENSORS, false)).hasCauseInstanceOf(FileAlreadyExistsException.class);
    try (GgufWriter writer = GgufWriter.create(path, Map.of(), TENSORS, true)) {
      assertThat(path).hasContent("old");
      writer.finish();
    }
    GgufFile.open(path).close();
  }

  @Test
  void refusesWhatIsNotPlanned() {
    try (GgufWriter writer = GgufWriter.create(folder.resolve("m.gguf"), Map.of(), TENSORS, false)) {
      assertThatThrownBy(() -> writer.write("c", 0, ByteBuffer.allocate(1))).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> writer.write("a", 20, ByteBuffer.allocate(5))).isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("24");
    }
    List<TensorSpec> twice = List.of(TENSORS.get(0), TENSORS.get(0));
    assertThatThrownBy(() -> GgufWriter.create(folder.resolve("m.gguf"), Map.of(), twice, false)).isInstanceOf(IllegalArgumentException.class);
  }
}
