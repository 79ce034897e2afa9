package dev.wootz.format;

import static dev.wootz.format.FormatException.quote;

import dev.wootz.format.FormatException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The header of a GGUF file as a sequence of little-endian values, read through a buffer. Nothing is allocated that the file does not hold. */
final class GgufSource {
  /** Keys are at most this long. Strings in values have no bound but the file's. */
  private static final int LONGEST_KEY = 65_535;

  private static final int BUFFER_BYTES = 1 << 16;

  /** Bytes of a file by their position. */
  @FunctionalInterface
  interface Bytes {
    void read(long position, ByteBuffer into);
  }

  private final Path file;
  private final long size;
  private final Bytes bytes;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);

  /** Of the buffer's first byte. */
  private long bufferStart;

  /** What is being read, for messages: {@code key "general.name"}. */
  private String what = "the header";

  GgufSource(Path file, long size, Bytes bytes) {
    this.file = file;
    this.size = size;
    this.bytes = bytes;
  }

  void reading(String what) {
    this.what = what;
  }

  long position() {
    return bufferStart + buffer.position();
  }

  long size() {
    return size;
  }

  long remaining() {
    return size - position();
  }

  FormatException failure(Reason reason, String problem) {
    return new FormatException(reason, file, what + ": " + problem);
  }

  private void require(int count) {
    if (count > remaining()) {
      throw failure(
          Reason.TRUNCATED,
          "found the end of the file at byte " + size + ", expected " + count + " bytes from byte " + position()
              + " on: an unfinished download or copy?");
    }
    if (buffer.remaining() < count) {
      bufferStart += buffer.position();
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, size - bufferStart));
      bytes.read(bufferStart, buffer);
      buffer.flip();
    }
  }

  int u8() {
    require(1);
    return buffer.get() & 0xff;
  }

  int i8() {
    require(1);
    return buffer.get();
  }

  int u16() {
    require(2);
    return buffer.getShort() & 0xffff;
  }

  int i16() {
    require(2);
    return buffer.getShort();
  }

  int i32() {
    require(4);
    return buffer.getInt();
  }

  long u32() {
    return i32() & 0xffff_ffffL;
  }

  long i64() {
    require(8);
    return buffer.getLong();
  }

  float f32() {
    return Float.intBitsToFloat(i32());
  }

  double f64() {
    return Double.longBitsToDouble(i64());
  }

  boolean bool() {
    int value = u8();
    if (value > 1) {
      throw failure(Reason.GGUF_BOOLEAN, "found the boolean " + value + ", expected 0 or 1");
    }
    return value == 1;
  }

  /**
   * A count of things that take at least {@code leastBytes} each.
   *
   * @param limit the largest count that is accepted
   */
  int count(String things, int leastBytes, int limit) {
    long count = i64();
    long room = remaining() / leastBytes;
    if (count < 0 || count > Math.min(room, limit)) {
      throw failure(
          Reason.GGUF_COUNT,
          "found " + Long.toUnsignedString(count) + " " + things + ", expected at most " + Math.min(room, limit)
              + (room < limit ? ", for which the rest of the file has room" : ""));
    }
    return (int) count;
  }

  String key() {
    return text(LONGEST_KEY);
  }

  String string() {
    return text(Integer.MAX_VALUE - 8);
  }

  private String text(int limit) {
    long length = i64();
    long most = Math.min(remaining(), limit);
    if (length < 0 || length > most) {
      throw failure(
          Reason.GGUF_STRING_LENGTH,
          "found a string of " + Long.toUnsignedString(length) + " bytes at byte " + (position() - 8) + ", expected at most " + most);
    }
    byte[] text = new byte[(int) length];
    int done = 0;
    while (done < text.length) {
      int part = Math.min(text.length - done, BUFFER_BYTES);
      require(part);
      buffer.get(text, done, part);
      done += part;
    }
    int wrong = StrictUtf8.firstMalformedByte(text);
    if (wrong >= 0) {
      throw failure(
          Reason.GGUF_NOT_UTF8,
          String.format(
              "found byte 0x%02x at byte %d of the string %s, expected UTF-8",
              text[wrong], wrong, quote(new String(text, StandardCharsets.UTF_8))));
    }
    return new String(text, StandardCharsets.UTF_8);
  }
}
