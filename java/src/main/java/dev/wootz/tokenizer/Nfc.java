package dev.wootz.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer.Form;

/**
 * Unicode's canonical composition (NFC) as of Unicode 9, which is what Hugging Face's normalizer knows: {@code e} and U+0301 become
 * {@code é}.
 *
 * <p>Only stretches that can change go to the JDK: a character that composes or has a combining class, its neighbours of that kind, and
 * the one character before them. Characters that joined Unicode later bound a stretch, so that a newer JDK does not compose them.
 */
final class Nfc implements Normalizer {
  @Override
  public Span apply(Span text) {
    int active = nextActive(text.bytes(), text.from(), text.to());
    return active == text.to() ? text : compose(text, active);
  }

  private static int nextActive(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      byte lead = bytes[i];
      if (lead >= 0) {
        i++;
      } else if (UnicodeTable.isNfcActive(Utf8.codePoint(bytes, i))) {
        return i;
      } else {
        i += Utf8.length(lead);
      }
    }
    return to;
  }

  private static Span compose(Span text, int firstActive) {
    byte[] bytes = text.bytes();
    int to = text.to();
    ByteArrayOutputStream out = new ByteArrayOutputStream(to - text.from());
    int copied = text.from();
    for (int active = firstActive; active < to; ) {
      int start = active;
      if (start > copied) {
        int before = Utf8.before(bytes, start);
        start = UnicodeTable.isYoung(Utf8.codePoint(bytes, before)) ? start : before;
      }
      int end = active;
      while (end < to && bytes[end] < 0 && UnicodeTable.isNfcActive(Utf8.codePoint(bytes, end))) {
        end += Utf8.length(bytes[end]);
      }
      out.write(bytes, copied, start - copied);
      String stretch = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      byte[] composed = java.text.Normalizer.normalize(stretch, Form.NFC).getBytes(StandardCharsets.UTF_8);
      out.write(composed, 0, composed.length);
      copied = end;
      active = nextActive(bytes, end, to);
    }
    out.write(bytes, copied, to - copied);
    return Span.of(out.toByteArray());
  }
}
