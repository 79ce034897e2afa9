package dev.wootz.format;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Safetensors files put together by hand, right and wrong, without the writer that is under test elsewhere. */
final class RawSafetensors {
  private RawSafetensors() {}

  /** A file with this header, its true length, and {@code dataBytes} bytes of data that count 0, 1, 2, ... */
  static byte[] file(String header, int dataBytes) {
    return file(header.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static byte[] file(byte[] header, int dataBytes) {
    return file(header.length, header, dataBytes);
  }

  /** A file whose length field says {@code length}, whatever follows. */
  static byte[] file(long length, byte[] header, int dataBytes) {
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(length).put(header);
    for (int i = 0; file.hasRemaining(); i++) {
      file.put((byte) i);
    }
    return file.array();
  }

  /** The header entry of one tensor. */
  static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(name, dtype, shape, begin, end);
  }

  /** A file of one-dimensional F32 tensors of two elements each, in the order of their names here. */
  static byte[] withTensors(String... names) {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < names.length; i++) {
      header.append(i == 0 ? "" : ",").append(entry(names[i], "F32", "[2]", 8L * i, 8L * i + 8));
    }
    return file(header.append('}').toString(), 8 * names.length);
  }

  static Path write(Path folder, String name, byte[] content) {
    try {
      return Files.write(folder.resolve(name), content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path write(Path folder, String name, String content) {
    return write(folder, name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A file or folder of the test resources. */
  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(RawSafetensors.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
