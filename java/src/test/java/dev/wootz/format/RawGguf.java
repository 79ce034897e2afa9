package dev.wootz.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** GGUF files put together by hand, right and wrong, without the writer that is under test elsewhere. */
final class RawGguf {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A header of version 3 with these counts, true or not. */
  static RawGguf header(long tensors, long keys) {
    return new RawGguf().ascii("GGUF").u32(3).u64(tensors).u64(keys);
  }

  RawGguf ascii(String text) {
    return bytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  RawGguf bytes(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  RawGguf u8(int value) {
    out.write(value);
    return this;
  }

  RawGguf u32(long value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
    return this;
  }

  RawGguf f32(float value) {
    return u32(Float.floatToIntBits(value));
  }

  RawGguf u64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  RawGguf text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return u64(utf8.length).bytes(utf8);
  }

  /** A key and the number of its value's type. */
  RawGguf key(String name, int type) {
    return text(name).u32(type);
  }

  RawGguf tensor(String name, int type, long offset, long... dimensions) {
    text(name).u32(dimensions.length);
    for (long dimension : dimensions) {
      u64(dimension);
    }
    return u32(type).u64(offset);
  }

  /** Zeros up to a multiple of the alignment. */
  RawGguf align(int alignment) {
    while (out.size() % alignment != 0) {
      out.write(0);
    }
    return this;
  }

  /** Padding to 32, then so many bytes that count 0, 1, 2, ... */
  RawGguf data(int bytes) {
    align(32);
    for (int i = 0; i < bytes; i++) {
      out.write(i);
    }
    return this;
  }

  byte[] file() {
    return out.toByteArray();
  }
}
