package dev.wootz.tokenizer;

import dev.wootz.format.JsonFiles;
import java.text.Normalizer.Form;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the {@code normalizer} of a tokenizer.json. */
final class NormalizerReader {
  private NormalizerReader() {}

  static Normalizer read(Component component) {
    if (component.isAbsent()) {
      return Normalizer.NONE;
    }
    switch (component.type()) {
      case "Sequence" -> {
        Normalizer all = Normalizer.NONE;
        for (Component part : component.children("normalizers")) {
          all = all.then(read(part));
        }
        return all;
      }
      case "NFC" -> {
        return new Nfc();
      }
      case "NFD" -> {
        return form(Form.NFD);
      }
      case "NFKC" -> {
        return form(Form.NFKC);
      }
      case "NFKD" -> {
        return form(Form.NFKD);
      }
      case "Lowercase" -> {
        return onText(NormalizerReader::lowercase);
      }
      case "Strip" -> {
        return strip(component.flag("strip_left", true), component.flag("strip_right", true));
      }
      case "Prepend" -> {
        return prepend(component.text("prepend"));
      }
      case "Replace" -> {
        return replace(component);
      }
      default -> throw component.unsupportedType("Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace");
    }
  }

  private static Normalizer onText(UnaryOperator<String> change) {
    return span -> {
      String text = span.text();
      String changed = change.apply(text);
      return changed.equals(text) ? span : Span.of(changed);
    };
  }

  /** Forms other than NFC, as of Unicode 9: each character younger than that stays as it is and bounds what is normalized. */
  private static Normalizer form(Form form) {
    return onText(
        text -> {
          StringBuilder out = new StringBuilder(text.length());
          int done = 0;
          for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (UnicodeTable.isYoung(c)) {
              out.append(java.text.Normalizer.normalize(text.substring(done, i), form)).append(text, i, next);
              done = next;
            }
            i = next;
          }
          return out.append(java.text.Normalizer.normalize(text.substring(done), form)).toString();
        });
  }

  /** Each character by itself: a sigma at the end of a word is no special case. */
  private static String lowercase(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> out.append(Character.toString(c).toLowerCase(Locale.ROOT)));
    return out.toString();
  }

  private static Normalizer strip(boolean left, boolean right) {
    return span -> {
      byte[] bytes = span.bytes();
      int from = span.from();
      int to = span.to();
      while (left && from < to && UnicodeTable.isSpace(Utf8.codePoint(bytes, from))) {
        from += Utf8.length(bytes[from]);
      }
      while (right && from < to && UnicodeTable.isSpace(Utf8.codePoint(bytes, Utf8.before(bytes, to)))) {
        to = Utf8.before(bytes, to);
      }
      return from == span.from() && to == span.to() ? span : new Span(bytes, from, to);
    };
  }

  /** Before text that is not empty. */
  static Normalizer prepend(String prefix) {
    byte[] before = Utf8.encode(prefix);
    return span -> {
      if (span.isEmpty()) {
        return span;
      }
      int length = span.to() - span.from();
      byte[] joined = new byte[before.length + length];
      System.arraycopy(before, 0, joined, 0, before.length);
      System.arraycopy(span.bytes(), span.from(), joined, before.length, length);
      return Span.of(joined);
    };
  }

  private static Normalizer replace(Component component) {
    String content = component.text("content");
    Component pattern = component.child("pattern");
    if (pattern.node().path("String").isTextual()) {
      return replace(pattern.text("String"), content);
    }
    if (pattern.node().path("Regex").isTextual()) {
      Pattern regex = RegexSplitter.compile(pattern, pattern.text("Regex"));
      String replacement = Matcher.quoteReplacement(content);
      return onText(text -> regex.matcher(text).replaceAll(replacement));
    }
    throw pattern.wrong(pattern.where(), "found " + JsonFiles.kind(pattern.node()) + ", expected {\"String\": ...} or {\"Regex\": ...}");
  }

  /** Every {@code from} by {@code to}. */
  static Normalizer replace(String from, String to) {
    if (from.isEmpty()) {
      return Normalizer.NONE;
    }
    byte[] old = Utf8.encode(from);
    byte[] replacement = Utf8.encode(to);
    return span -> {
      byte[] bytes = span.bytes();
      int found = indexOf(bytes, span.from(), span.to(), old);
      if (found < 0) {
        return span;
      }
      int count = 0;
      for (int at = found; at >= 0; at = indexOf(bytes, at + old.length, span.to(), old)) {
        count++;
      }
      byte[] out = new byte[Math.toIntExact(span.to() - span.from() + (long) count * (replacement.length - old.length))];
      int n = 0;
      int done = span.from();
      for (int at = found; at >= 0; at = indexOf(bytes, done, span.to(), old)) {
        System.arraycopy(bytes, done, out, n, at - done);
        n += at - done;
        System.arraycopy(replacement, 0, out, n, replacement.length);
        n += replacement.length;
        done = at + old.length;
      }
      System.arraycopy(bytes, done, out, n, span.to() - done);
      return Span.of(out);
    };
  }

  private static int indexOf(byte[] bytes, int from, int to, byte[] part) {
    for (int i = from; i <= to - part.length; i++) {
      int k = 0;
      while (k < part.length && bytes[i + k] == part[k]) {
        k++;
      }
      if (k == part.length) {
        return i;
      }
    }
    return -1;
  }
}
