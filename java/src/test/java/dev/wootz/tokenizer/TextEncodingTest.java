package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer.Form;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** UTF-8, composition and the table of categories. */
class TextEncodingTest {
  /** But for encoded surrogates, which {@link #encodedSurrogates} looks at. */
  @Test
  void malformedBytesAsTheJdkReplacesThem() {
    byte[] telling = {'a', (byte) 0x80, (byte) 0x8F, (byte) 0x90, (byte) 0xBF, (byte) 0xC1, (byte) 0xC3, (byte) 0xE0, (byte) 0xE4,
        (byte) 0xF0, (byte) 0xF1, (byte) 0xF4, (byte) 0xF5, (byte) 0xA0, (byte) 0x9F};
    for (int seed = 0; seed < 50_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[1 + random.nextInt(8)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = telling[random.nextInt(telling.length)];
      }
      String expected = new String(bytes, StandardCharsets.UTF_8);
      assertThat(Utf8.decode(bytes, 0, bytes.length)).as("seed " + seed).isEqualTo(expected);
      int complete = Utf8.complete(bytes, 0, bytes.length);
      String halves = Utf8.decode(bytes, 0, complete) + Utf8.decode(bytes, complete, bytes.length);
      assertThat(halves).as("seed " + seed).isEqualTo(expected);
    }
  }

  /** Unicode and Python make three of them, for no character begins with ED A0; the JDK one. */
  @Test
  void encodedSurrogates() {
    byte[] bytes = {'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80, (byte) 0xED, (byte) 0x9F, (byte) 0xBF};
    assertThat(Utf8.decode(bytes, 0, bytes.length)).isEqualTo("a\ufffd\ufffd\ufffd\ud7ff");
  }

  @Test
  void unpairedSurrogates() {
    assertThat(Utf8.encode("a\ud83d")).isEqualTo(Utf8.encode("a\ufffd"));
    assertThat(Utf8.encode("\ude00\ud83d\ude00\ud83dx")).isEqualTo(Utf8.encode("\ufffd\ud83d\ude00\ufffdx"));
  }

  /** On what Unicode 9 had, which the random texts keep to but for one mark, the JDK must agree. */
  @Test
  void composesAsTheJdk() {
    Nfc nfc = new Nfc();
    for (int seed = 0; seed < 20_000; seed++) {
      String text = RandomTexts.of(new Random(seed));
      boolean old = text.codePoints().noneMatch(UnicodeTable::isYoung);
      if (old) {
        Span around = new Span(Utf8.encode("\u0301" + text + "\u0301"), 2, Utf8.encode(text).length + 2);
        assertThat(nfc.apply(around).text()).as("seed " + seed).isEqualTo(java.text.Normalizer.normalize(text, Form.NFC));
      }
    }
  }

  /** U+08D3 has combining class 220 since Unicode 11: it does not change places with one of class 1. */
  @Test
  void leavesYoungCharactersAlone() {
    Nfc nfc = new Nfc();
    for (String text : new String[] {"a\u08d3\u0334", "\ud806\udd35\ud806\udd30", "\ud801\uddd2\u0307"}) {
      assertThat(nfc.apply(Span.of(text)).text()).isEqualTo(text);
    }
    assertThat(nfc.apply(Span.of("a\u08d3e\u0301")).text()).isEqualTo("a\u08d3\u00e9");
  }

  /** On characters that both know; a later version may call a mark a spacing one. */
  @Test
  void categoriesAsTheJdk() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      int category = UnicodeTable.category(c);
      int jdk = 1 << Character.getType(c);
      boolean inBoth = Character.isDefined(c) && category != 1 << Character.UNASSIGNED;
      if (inBoth && category != jdk) {
        assertThat((category & UnicodeTable.MARK) != 0 && (jdk & UnicodeTable.MARK) != 0).as(Integer.toHexString(c)).isTrue();
      }
    }
  }
}
