package dev.wootz.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The scanners against the regular expressions that they stand for. */
class SplitterTest {
  private static final int TEXTS = 4000;

  private static List<String> pieces(Splitter splitter, String text) {
    List<String> pieces = new ArrayList<>();
    byte[] utf8 = ("\u00e9" + text + "e").getBytes(StandardCharsets.UTF_8);
    splitter.split(utf8, 2, utf8.length - 1, (t, from, to) -> pieces.add(new String(t, from, to - from, StandardCharsets.UTF_8)));
    return pieces;
  }

  private static Splitter regex(String expression) {
    Pattern pattern = Pattern.compile(UnicodeClasses.inJava(expression), Pattern.UNICODE_CHARACTER_CLASS);
    return new RegexSplitter(pattern, SplitBehavior.ISOLATED, false);
  }

  private static void assertSame(Splitter scanner, Splitter regex) {
    for (int seed = 0; seed < TEXTS; seed++) {
      String text = RandomTexts.of(new Random(seed));
      assertThat(pieces(scanner, text)).as("seed " + seed).isEqualTo(pieces(regex, text));
    }
  }

  @Test
  void gpt2() {
    assertSame(new Gpt2Splitter(), regex(Gpt2Splitter.PATTERN));
  }

  @Test
  void cl100kAndItsRelatives() {
    for (String expression : List.of(Cl100kSplitter.LLAMA3, Cl100kSplitter.QWEN2, Cl100kSplitter.QWEN35)) {
      assertSame(Cl100kSplitter.of(expression).orElseThrow(), regex(expression));
    }
  }

  @Test
  void digits() {
    assertSame(CharSplitters.digits(true), regex("\\p{N}"));
    assertSame(CharSplitters.digits(false), regex("\\p{N}+"));
  }

  @Test
  void wordsOfMetaspace() {
    assertThat(pieces(Metaspace.words(), "\u2581a\u2581\u2581b\u2581")).containsExactly("\u2581a", "\u2581\u2581b", "\u2581");
  }

  @Test
  void everyNameOfGgufCompiles() {
    GgufPreTokenizer.KNOWN.forEach(
        (name, pre) -> assertThat(String.join("", pieces(pre.splitter().get(), "a1 b"))).as(name).isEqualTo("a1 b"));
  }
}
