package dev.wootz.tokenizer;

import java.nio.charset.StandardCharsets;

/** A stretch of well-formed UTF-8: {@code bytes[from, to)}. */
record Span(byte[] bytes, int from, int to) {
  static Span of(byte[] bytes) {
    return new Span(bytes, 0, bytes.length);
  }

  static Span of(String text) {
    return of(Utf8.encode(text));
  }

  boolean isEmpty() {
    return from == to;
  }

  String text() {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }
}
