package dev.wootz.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final long NO_LIMIT = Long.MAX_VALUE;

  @TempDir Path folder;

  private static TensorSpec spec(String name, DType type, long... extents) {
    return new TensorSpec(name, type, Shape.of(extents));
  }

  @Test
  void everyTypeSurvivesARoundTrip() {
    List<TensorSpec> tensors = new ArrayList<>();
    Map<String, byte[]> data = new HashMap<>();
    for (DType type : DType.safetensorsTypes()) {
      for (long[] shape : new long[][] {{}, {0}, {3}, {5, 7}, {2, 0, 4}}) {
        TensorSpec tensor = spec(type + ".ü\"\n." + shape.length + "." + (shape.length == 0 ? 0 : shape[0]), type, shape);
        tensors.add(tensor);
        data.put(tensor.name(), random((int) tensor.bytes(), tensor.name().hashCode()));
      }
    }
    CheckpointLayout layout = CheckpointWriter.layout(tensors, NO_LIMIT);
    write(layout, Map.of("creator", "wootz"), data);
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.files().get(0).path().getFileName()).hasToString("model.safetensors");
      assertThat(model.files().get(0).metadata()).isEqualTo(Map.of("format", "pt", "creator", "wootz"));
      assertThat(model.tensors()).hasSize(tensors.size());
      for (TensorSpec tensor : tensors) {
        TensorInfo info = model.tensor(tensor.name());
        assertThat(info.dtype()).isEqualTo(tensor.dtype());
        assertThat(info.shape()).isEqualTo(tensor.shape());
        assertThat(read(model, info)).isEqualTo(data.get(tensor.name()));
        assertThat(info.bytes() == 0 || info.offset() % info.dtype().bytes() == 0).as("alignment of " + info).isTrue();
      }
    }
  }

  @Test
  void shardsByBytesInTheGivenOrder() throws Exception {
    List<TensorSpec> tensors =
        List.of(
            spec("e", DType.F32, 2), spec("d", DType.F32, 2), spec("big", DType.F32, 100), spec("c", DType.F32, 4), spec("a", DType.U8, 1));
    CheckpointLayout layout = CheckpointWriter.layout(tensors, 16);
    assertThat(layout.shardCount()).isEqualTo(4);
    assertThat(layout.fileNames()).startsWith("model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors");
    assertThat(layout.tensorBytes()).isEqualTo(8 + 8 + 400 + 16 + 1);
    Map<String, byte[]> data = new HashMap<>();
    tensors.forEach(tensor -> data.put(tensor.name(), random((int) tensor.bytes(), 3)));
    CheckpointLayout written = write(layout, Map.of(), data);
    long bytes = 0;
    for (String name : written.fileNames()) {
      bytes += Files.size(folder.resolve(name));
    }
    assertThat(written.totalBytes()).isEqualTo(bytes).isEqualTo(written.tensorBytes() + written.headerBytes());
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.warnings()).isEmpty();
      assertThat(model.tensor("e").file()).isEqualTo(model.tensor("d").file());
      assertThat(model.tensor("big").file()).isEqualTo(folder.resolve("model-00002-of-00004.safetensors"));
      assertThat(model.tensor("a").file()).isEqualTo(folder.resolve("model-00004-of-00004.safetensors"));
      for (TensorInfo info : model.tensors().values()) {
        assertThat(read(model, info)).isEqualTo(data.get(info.name()));
        CheckpointLayout.Place place = written.places().get(info.name());
        assertThat(written.file(folder, info.name())).isEqualTo(info.file());
        assertThat(place.offset()).isEqualTo(info.offset());
        assertThat(place.bytes()).isEqualTo(info.bytes());
      }
    }
    assertThat(folder.resolve(ShardIndex.FILE_NAME))
        .hasContent(
            """
            {
              "metadata": {
                "total_size": 433
              },
              "weight_map": {
                "a": "model-00004-of-00004.safetensors",
                "big": "model-00002-of-00004.safetensors",
                "c": "model-00003-of-00004.safetensors",
                "d": "model-00001-of-00004.safetensors",
                "e": "model-00001-of-00004.safetensors"
              }
            }
            """);
  }

  @Test
  void headerIsWhatTheFormatAsksFor() throws Exception {
    CheckpointLayout layout = CheckpointWriter.layout(List.of(spec("b", DType.F32, 2), spec("a", DType.F32)), NO_LIMIT);
    CheckpointWriter.create(folder, layout, Map.of("z", "1", "k", "2")).close();
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    String header =
        "{\"__metadata__\":{\"format\":\"pt\",\"k\":\"2\",\"z\":\"1\"},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}";
    String padded = header + " ".repeat((8 - header.length() % 8) % 8);
    byte[] expected = RawSafetensors.file(padded, 12);
    Arrays.fill(expected, expected.length - 12, expected.length, (byte) 0);
    assertThat(file).isEqualTo(expected);
  }

  @Test
  void widerTypesComeFirstSoThatAllAreAligned() {
    CheckpointLayout layout =
        CheckpointWriter.layout(
            List.of(spec("mask", DType.U8, 3), spec("w", DType.BF16, 1), spec("norm", DType.F32, 1), spec("v", DType.BF16, 1)), NO_LIMIT);
    assertThat(layout.places().keySet()).containsExactly("norm", "w", "v", "mask");
    assertThat(layout.tensors().stream().map(TensorSpec::name)).containsExactly("mask", "w", "norm", "v");
  }

  @Test
  void emptyCheckpoint() {
    write(CheckpointWriter.layout(List.of(), NO_LIMIT), Map.of(), Map.of());
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).isEmpty();
    }
  }

  @Test
  void layoutsThatCannotBe() {
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(spec("a", DType.U8, 1), spec("a", DType.U8, 1)), NO_LIMIT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a");
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(spec("a", DType.U8, 1), spec("a", DType.U8, 1)), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(spec("__metadata__", DType.U8, 1)), NO_LIMIT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(spec("\ud800", DType.U8, 1)), NO_LIMIT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(spec("a", DType.F32, 1L << 62)), NO_LIMIT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointWriter.layout(List.of(), 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writesOnlyInsideATensor() {
    try (CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(twoTensors(), NO_LIMIT), Map.of())) {
      assertThatThrownBy(() -> writer.write("a", 1, ByteBuffer.allocate(8)))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContainingAll("\"a\"", "8");
      assertThatThrownBy(() -> writer.write("a", -1, ByteBuffer.allocate(1))).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> writer.write("a", Long.MAX_VALUE, ByteBuffer.allocate(4))).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> writer.write("c", 0, ByteBuffer.allocate(1))).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void writingAfterTheEndThrows() {
    CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(twoTensors(), NO_LIMIT), Map.of());
    writer.finishShards();
    writer.close();
    assertThatThrownBy(() -> writer.write("a", 0, ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void resumesWhereItStopped() throws Exception {
    CheckpointLayout layout = CheckpointWriter.layout(twoTensors(), 8);
    try (CheckpointWriter first = CheckpointWriter.create(folder, layout, Map.of())) {
      first.write("a", 0, ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    }
    try (CheckpointWriter second = CheckpointWriter.resume(folder, layout, Map.of())) {
      second.write("b", 0, ByteBuffer.wrap(new byte[] {9, 9, 9, 9, 9, 9, 9, 9}));
      second.finishShards();
      second.writeIndex();
    }
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(read(model, model.tensor("a"))).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
      assertThat(read(model, model.tensor("b"))).containsOnly(9);
    }
  }

  @Test
  void resumesOnlyWhatIsItsOwn() throws Exception {
    CheckpointLayout layout = CheckpointWriter.layout(twoTensors(), 8);
    assertNotResumed(layout, Map.of(), "no such file");
    CheckpointWriter.create(folder, layout, Map.of()).close();
    assertNotResumed(layout, Map.of("recipe", "other"), "bytes, expected");
    assertNotResumed(CheckpointWriter.layout(List.of(spec("a", DType.F32, 2), spec("c", DType.F32, 2)), 8), Map.of(), "other tensors");
    Path second = folder.resolve("model-00002-of-00002.safetensors");
    try (var channel = Files.newByteChannel(second, StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(second) - 1);
    }
    assertNotResumed(layout, Map.of(), "bytes, expected");
    Files.delete(second);
    assertNotResumed(layout, Map.of(), "no such file");
  }

  private void assertNotResumed(CheckpointLayout layout, Map<String, String> metadata, String message) {
    FormatException e = catchThrowableOfType(FormatException.class, () -> CheckpointWriter.resume(folder, layout, metadata).close());
    assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.RESUME_MISMATCH);
    assertThat(e).hasMessageContaining(message);
  }

  @Test
  void unfinishedFolderOfShardsIsNoCheckpoint() {
    CheckpointWriter.create(folder, CheckpointWriter.layout(twoTensors(), 8), Map.of()).close();
    FormatException e = catchThrowableOfType(FormatException.class, () -> Checkpoint.open(folder));
    assertThat(e.reason()).isEqualTo(Reason.INDEX_MISSING);
  }

  @Test
  void diskWithoutRoom() throws Exception {
    CheckpointLayout layout = CheckpointWriter.layout(List.of(spec("a", DType.U8, 1L << 60)), NO_LIMIT);
    FormatException e = catchThrowableOfType(FormatException.class, () -> CheckpointWriter.create(folder, layout, Map.of()));
    assertThat(e.reason()).isEqualTo(Reason.DISK_FULL);
    assertThat(e).hasMessageContainingAll(folder.toString(), "needs 11529215046068", "usable");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void folderThatCannotBeMade() {
    RawSafetensors.write(folder, "taken", "x");
    CheckpointLayout layout = CheckpointWriter.layout(twoTensors(), NO_LIMIT);
    Path taken = folder.resolve("taken");
    FormatException e = catchThrowableOfType(FormatException.class, () -> CheckpointWriter.create(taken, layout, Map.of()));
    assertThat(e.reason()).isEqualTo(Reason.WRITE_FAILED);
    assertThat(e).hasMessageContaining("taken");
  }

  @Test
  void eightThreadsWriteInAnyOrder() throws Exception {
    List<TensorSpec> tensors = new ArrayList<>();
    Map<String, byte[]> data = new HashMap<>();
    List<Runnable> parts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      TensorSpec tensor = spec("t" + i, i % 3 == 0 ? DType.F32 : DType.BF16, 1 + i % 5, 1000 + 37 * i);
      tensors.add(tensor);
      data.put(tensor.name(), random((int) tensor.bytes(), i));
    }
    CheckpointLayout layout = CheckpointWriter.layout(tensors, 50_000);
    assertThat(layout.shardCount()).isGreaterThan(3);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (CheckpointWriter writer = CheckpointWriter.create(folder, layout, Map.of())) {
      for (TensorSpec tensor : tensors) {
        byte[] bytes = data.get(tensor.name());
        for (int from = 0; from < bytes.length; from += 777) {
          int begin = from;
          ByteBuffer part = ByteBuffer.wrap(bytes, begin, Math.min(777, bytes.length - begin));
          parts.add(() -> writer.write(tensor.name(), begin, part));
        }
      }
      Collections.shuffle(parts, new Random(11));
      List<Future<?>> writes = new ArrayList<>();
      parts.forEach(part -> writes.add(threads.submit(part)));
      for (Future<?> write : writes) {
        write.get();
      }
      writer.finishShards();
      writer.writeIndex();
    } finally {
      threads.shutdownNow();
    }
    try (Checkpoint model = Checkpoint.open(folder)) {
      for (TensorInfo info : model.tensors().values()) {
        assertThat(read(model, info)).as(info.name()).isEqualTo(data.get(info.name()));
      }
    }
  }

  @Test
  void interruptedWriterStopsAlone() {
    try (CheckpointWriter writer = CheckpointWriter.create(folder, CheckpointWriter.layout(twoTensors(), NO_LIMIT), Map.of())) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> writer.write("a", 0, ByteBuffer.allocate(8))).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
      writer.write("a", 0, ByteBuffer.allocate(8));
    }
  }

  private static List<TensorSpec> twoTensors() {
    return List.of(spec("a", DType.F32, 2), spec("b", DType.F32, 2));
  }

  private CheckpointLayout write(CheckpointLayout layout, Map<String, String> metadata, Map<String, byte[]> data) {
    try (CheckpointWriter writer = CheckpointWriter.create(folder, layout, metadata)) {
      data.forEach((tensor, bytes) -> writer.write(tensor, 0, ByteBuffer.wrap(bytes)));
      writer.finishShards();
      writer.writeIndex();
      return writer.layout();
    }
  }

  private static byte[] read(Checkpoint model, TensorInfo info) {
    ByteBuffer data = ByteBuffer.allocate((int) info.bytes());
    model.read(info, 0, data);
    return data.array();
  }

  private static byte[] random(int n, long seed) {
    byte[] bytes = new byte[n];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
