package dev.wootz.format;

import static dev.wootz.format.RawSafetensors.entry;
import static dev.wootz.format.RawSafetensors.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wootz.format.FormatException.Reason;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  @TempDir Path folder;

  @Test
  void tensorsComeInTheOrderOfTheirData() {
    String header =
        "{\"z\":{\"shape\":[],\"data_offsets\":[6,10],\"dtype\":\"F32\"},"
            + entry("none", "I64", "[3,0]", 6, 6)
            + ",\"__metadata__\":{\"format\":\"pt\",\"\":\"\\u00fc\\n\"},"
            + entry("a", "BF16", "[1,3]", 0, 6)
            + "}   ";
    Path path = RawSafetensors.write(folder, "m.safetensors", file(header, 10));
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      int start = 8 + header.length();
      assertThat(open.tensors().values())
          .containsExactly(
              new TensorInfo("a", DType.BF16, Shape.of(1, 3), path, start, 6),
              new TensorInfo("none", DType.I64, Shape.of(3, 0), path, start + 6, 0),
              new TensorInfo("z", DType.F32, Shape.of(), path, start + 6, 4));
      assertThat(open.metadata()).containsEntry("format", "pt").containsEntry("", "ü\n").hasSize(2);
      ByteBuffer part = ByteBuffer.allocate(3);
      open.read(open.tensors().get("z"), 1, part);
      assertThat(part.array()).containsExactly(7, 8, 9);
      open.read(open.tensors().get("none"), 0, ByteBuffer.allocate(0));
    }
  }

  @Test
  void acceptsWhatTheFormatAllows() {
    assertAccepted("{}", 0);
    assertAccepted("{} \n\t\r ", 0);
    assertAccepted("{\"__metadata__\":{}}", 0);
    assertAccepted("{" + entry("", "U8", "[1]", 0, 1) + "}", 1);
    assertAccepted("{" + entry("\\ud83d\\ude00", "U8", "[1]", 0, 1) + "}", 1);
    assertAccepted("{" + entry("a", "U8", "[0]", 0, 0) + "," + entry("b", "U8", "[0]", 0, 0) + "}", 0);
    assertAccepted("{" + entry("a", "F32", "[1,1,1,1,1,1,1,1,1,2]", 0, 8) + "}", 8);
    assertAccepted("{" + entry("n".repeat(60_000), "U8", "[1]", 0, 1) + "}", 1);
    for (DType type : DType.safetensorsTypes()) {
      assertAccepted("{" + entry("t", type.safetensorsName(), "[3]", 0, 3L * type.bytes()) + "}", 3 * type.bytes());
    }
  }

  private void assertAccepted(String header, int dataBytes) {
    Path path = RawSafetensors.write(folder, "right.safetensors", file(header, dataBytes));
    SafetensorsFile.open(path).close();
  }

  @Test
  void readsWhatPyTorchWrote() throws Exception {
    Path path = RawSafetensors.resource("/golden/merge/bf16/base/model.safetensors");
    byte[] whole = Files.readAllBytes(path);
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      assertThat(open.tensors()).hasSize(24);
      assertThat(open.metadata()).containsEntry("format", "pt");
      assertThat(open.headerSha256()).isEqualTo("ab0fabde4f9427a99b752eca0f7ca288ab21991aea8e198b92a3fdcde1a93c7c");
      for (TensorInfo tensor : open.tensors().values()) {
        ByteBuffer data = ByteBuffer.allocateDirect((int) tensor.bytes());
        open.read(tensor, 0, data);
        assertThat(data.flip()).isEqualTo(ByteBuffer.wrap(whole, (int) tensor.offset(), (int) tensor.bytes()));
      }
    }
  }

  @Test
  void readsPartsOnlyInsideATensor() {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a", "b"));
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      TensorInfo a = open.tensors().get("a");
      assertThatThrownBy(() -> open.read(a, 5, ByteBuffer.allocate(4)))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContainingAll("\"a\"", "5", "4", "8");
      assertThatThrownBy(() -> open.read(a, -1, ByteBuffer.allocate(1))).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> open.read(a, Long.MAX_VALUE, ByteBuffer.allocate(4))).isInstanceOf(IndexOutOfBoundsException.class);
      TensorInfo forged = new TensorInfo("a", DType.F32, Shape.of(9), path, 0, 36);
      assertThatThrownBy(() -> open.read(forged, 0, ByteBuffer.allocate(4))).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void fillsTheRestOfABufferOnly() {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a", "b"));
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      ByteBuffer buffer = ByteBuffer.allocate(6).position(1).limit(4);
      open.read(open.tensors().get("b"), 2, buffer);
      assertThat(buffer.array()).containsExactly(0, 10, 11, 12, 0, 0);
      assertThat(buffer.position()).isEqualTo(4);
      assertThat(buffer.limit()).isEqualTo(4);
    }
  }

  @Test
  void largeHeapBuffersAreFilledInPieces() {
    int n = (5 << 20) + 3;
    byte[] data = new byte[n];
    new Random(7).nextBytes(data);
    byte[] content = file("{" + entry("w", "U8", "[" + n + "]", 0, n) + "}", n);
    System.arraycopy(data, 0, content, content.length - n, n);
    try (SafetensorsFile open = SafetensorsFile.open(RawSafetensors.write(folder, "m.safetensors", content))) {
      ByteBuffer heap = ByteBuffer.allocate(n);
      open.read(open.tensors().get("w"), 0, heap);
      assertThat(heap.array()).isEqualTo(data);
    }
  }

  @Test
  void fileThatShrinksWhileOpen() throws Exception {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a", "b"));
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      byte[] content = Files.readAllBytes(path);
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(content.length - 6);
      }
      FormatException e =
          catchThrowableOfType(FormatException.class, () -> open.read(open.tensors().get("b"), 0, ByteBuffer.allocate(8)));
      assertThat(e.reason()).isEqualTo(Reason.TRUNCATED);
      assertThat(e).hasMessageContainingAll("tensor \"b\"", "end of the file", "expected 8 bytes");
    }
  }

  @Test
  void closedFileThrows() {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a"));
    SafetensorsFile open = SafetensorsFile.open(path);
    open.close();
    open.close();
    TensorInfo a = open.tensors().get("a");
    assertThatThrownBy(() -> open.read(a, 0, ByteBuffer.allocate(8)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> open.map("a")).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
  }

  @Test
  void mapsTensors() {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a", "b"));
    SafetensorsFile open = SafetensorsFile.open(path);
    Tensor b = open.map("b");
    assertThat(b.dtype()).isEqualTo(DType.F32);
    assertThat(b.shape()).isEqualTo(Shape.of(2));
    byte[] bytes = new byte[8];
    b.buffer().get(bytes);
    assertThat(bytes).containsExactly(8, 9, 10, 11, 12, 13, 14, 15);
    FormatException e = catchThrowableOfType(FormatException.class, () -> open.map("c"));
    assertThat(e.reason()).isEqualTo(Reason.TENSOR_MISSING);
    open.close();
    assertThatThrownBy(b::address).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void interruptedReaderStopsAloneAndKeepsItsStatus() {
    Path path = RawSafetensors.write(folder, "m.safetensors", RawSafetensors.withTensors("a"));
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> open.read(open.tensors().get("a"), 0, ByteBuffer.allocate(8)))
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      ByteBuffer again = ByteBuffer.allocate(8);
      open.read(open.tensors().get("a"), 0, again);
      assertThat(again.array()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  @Test
  void readersGoOnWhileOthersAreInterrupted() throws Exception {
    int n = 1 << 20;
    byte[] content = file("{" + entry("w", "U8", "[" + n + "]", 0, n) + "}", n);
    Path path = RawSafetensors.write(folder, "m.safetensors", content);
    ByteBuffer expected = ByteBuffer.wrap(content, content.length - n, n).slice();
    AtomicInteger cancelled = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(4);
    try (SafetensorsFile open = SafetensorsFile.open(path)) {
      TensorInfo w = open.tensors().get("w");
      Thread victim =
          new Thread(
              () -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(n);
                while (!done.get()) {
                  try {
                    open.read(w, 0, buffer.clear());
                  } catch (CancellationException e) {
                    cancelled.incrementAndGet();
                    Thread.interrupted();
                  }
                }
              });
      victim.start();
      List<Future<?>> reads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        reads.add(
            readers.submit(
                () -> {
                  ByteBuffer buffer = ByteBuffer.allocateDirect(n);
                  for (int i = 0; i < 300; i++) {
                    open.read(w, 0, buffer.clear());
                    assertThat(buffer.flip().mismatch(expected)).isEqualTo(-1);
                  }
                }));
      }
      while (reads.stream().anyMatch(read -> !read.isDone())) {
        victim.interrupt();
        Thread.sleep(1);
      }
      done.set(true);
      victim.join();
      for (Future<?> read : reads) {
        read.get();
      }
    } finally {
      readers.shutdownNow();
    }
    assertThat(cancelled.get()).isPositive();
  }
}
