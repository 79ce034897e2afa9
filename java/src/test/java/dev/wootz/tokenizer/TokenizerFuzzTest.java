package dev.wootz.tokenizer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.wootz.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever the bytes, a tokenizer.json is refused with a {@link FormatException} or makes a tokenizer that encodes and decodes any text.
 *
 * <p>As a unit test this runs the seeds of {@code TokenizerFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=TokenizerFuzzTest -Djazzer.hooks=true \
 *      -Djazzer.disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection</pre>
 *
 * A tokenizer.json brings expressions by its nature, which that hook would report.
 *
 * <p>What it finds is written beside the seeds and fails the unit test from then on.
 */
class TokenizerFuzzTest {
  private static final String[] TEXTS = {"", "a b", " the\u00e9\ud83d\ude00 12\n\n", "<s>\u2581\u0301\u0000x", "\ud800"};

  @FuzzTest(maxDuration = "3m")
  void tokenizerJson(byte[] content) throws IOException {
    Path folder = Files.createTempDirectory("fuzzed");
    Path file = folder.resolve(TokenizerJson.FILE_NAME);
    try {
      Files.write(file, content);
      check(Tokenizer.load(file));
    } catch (FormatException e) {
      require(e.getMessage().contains("fuzzed") && e.getMessage().length() < 2000, "an odd message: " + e.getMessage());
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  private static void check(Tokenizer tokenizer) {
    for (String text : TEXTS) {
      int[] ids = tokenizer.encode(text, true, true);
      for (int id : ids) {
        require(id >= 0 && id < tokenizer.size(), "an id out of range: " + id);
      }
      TextStream stream = tokenizer.stream(false);
      StringBuilder streamed = new StringBuilder();
      for (int id : ids) {
        streamed.append(stream.next(id));
      }
      require(streamed.append(stream.finish()).toString().equals(tokenizer.decode(ids)), "a stream that differs");
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
