package dev.wootz.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A GGUF file of nothing but keys {@code tokenizer.ggml.*}. */
final class GgufKeys {
  private static final int U32 = 4;
  private static final int I32 = 5;
  private static final int F32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Object> values = new LinkedHashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  GgufKeys put(String name, Object value) {
    values.put(name, value);
    return this;
  }

  GgufKeys remove(String name) {
    values.remove(name);
    return this;
  }

  Path write(Path file) throws IOException {
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    u32(3);
    u64(0);
    u64(values.size());
    values.forEach(
        (name, value) -> {
          text("tokenizer.ggml." + name);
          value(value);
        });
    return Files.write(file, out.toByteArray());
  }

  private void value(Object value) {
    if (value instanceof String text) {
      u32(STRING);
      text(text);
    } else if (value instanceof Integer number) {
      u32(U32);
      u32(number);
    } else if (value instanceof Boolean flag) {
      u32(BOOL);
      out.write(flag ? 1 : 0);
    } else if (value instanceof String[] texts) {
      array(STRING, texts.length);
      for (String text : texts) {
        text(text);
      }
    } else if (value instanceof int[] numbers) {
      array(I32, numbers.length);
      for (int number : numbers) {
        u32(number);
      }
    } else if (value instanceof float[] numbers) {
      array(F32, numbers.length);
      for (float number : numbers) {
        u32(Float.floatToIntBits(number));
      }
    } else {
      throw new IllegalArgumentException(value.getClass().getName());
    }
  }

  private void array(int type, int n) {
    u32(ARRAY);
    u32(type);
    u64(n);
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    out.writeBytes(utf8);
  }

  private void u32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private void u64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
