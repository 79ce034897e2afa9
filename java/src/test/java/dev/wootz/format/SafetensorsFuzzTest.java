package dev.wootz.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.wootz.format.SafetensorsHeader.Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Whatever the bytes, a safetensors file is refused with a {@link FormatException} or is what the format promises.
 *
 * <p>As a unit test this runs the seeds of {@code SafetensorsFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=SafetensorsFuzzTest -Djazzer.hooks=true</pre>
 *
 * What it finds is written beside the seeds and fails the unit test from then on.
 */
class SafetensorsFuzzTest {
  private static final Path FILE = Path.of("fuzzed.safetensors");

  @FuzzTest(maxDuration = "3m")
  void file(byte[] content) {
    try {
      check(content);
    } catch (FormatException e) {
      requireUsefulMessage(e);
    }
  }

  private static void check(byte[] content) {
    byte[] prefix = Arrays.copyOf(content, Math.min(content.length, OtherFormats.PREFIX_BYTES));
    int length = SafetensorsHeader.length(FILE, prefix, content.length);
    byte[] json = Arrays.copyOfRange(content, 8, 8 + length);
    long dataBytes = content.length - 8 - length;
    SafetensorsHeader header = SafetensorsHeader.parse(FILE, json, dataBytes);
    long end = 0;
    for (Entry entry : header.entries()) {
      require(entry.begin() == end, "tensors that do not follow each other");
      require(entry.end() - entry.begin() == entry.shape().elements() * entry.dtype().bytes(), "a size that is not the shape's");
      end = entry.end();
    }
    require(end == dataBytes, "data that is not covered");
    requireSameAfterWriting(header, dataBytes);
  }

  /** What the writer makes of the header must be read as the same header. */
  private static void requireSameAfterWriting(SafetensorsHeader header, long dataBytes) {
    List<TensorSpec> tensors = header.entries().stream().map(e -> new TensorSpec(e.name(), e.dtype(), e.shape())).toList();
    byte[] written = HeaderWriter.header(tensors, header.metadata());
    SafetensorsHeader again = SafetensorsHeader.parse(FILE, Arrays.copyOfRange(written, 8, written.length), dataBytes);
    require(again.metadata().equals(header.metadata()), "other metadata after writing");
    // Sizes decide the order of tensors at one place, so empty tensors may change places among themselves.
    require(List.copyOf(again.entries()).containsAll(header.entries()), "other tensors after writing");
    require(StrictUtf8.firstMalformedByte(written) < 0 || written[0] < 0, "a header that is not UTF-8");
  }

  static void requireUsefulMessage(FormatException e) {
    String message = e.getMessage();
    require(message.startsWith("fuzzed"), "a message without the file: " + message);
    require(message.length() < 2000, "a message of " + message.length() + " characters");
    require(message.chars().noneMatch(Character::isISOControl), "control characters in a message");
    require(message.equals(new String(message.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)), "a message no UTF-8 writes");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
