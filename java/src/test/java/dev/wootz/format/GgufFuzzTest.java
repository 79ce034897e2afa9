package dev.wootz.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Whatever the bytes, a GGUF file is refused with a {@link FormatException} or is what the format promises.
 *
 * <p>As a unit test this runs the seeds of {@code GgufFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=GgufFuzzTest -Djazzer.hooks=true</pre>
 */
class GgufFuzzTest {
  private static final Path FILE = Path.of("fuzzed.gguf");

  @FuzzTest(maxDuration = "3m")
  void file(byte[] content) {
    try {
      check(content);
    } catch (FormatException e) {
      SafetensorsFuzzTest.requireUsefulMessage(e);
    }
  }

  private static void check(byte[] content) {
    GgufSource source = new GgufSource(FILE, content.length, (position, into) -> into.put(content, (int) position, into.remaining()));
    GgufHeader header = GgufHeader.parse(FILE, source);
    Set<Long> owned = new HashSet<>();
    for (TensorInfo tensor : header.tensors().values()) {
      require(tensor.bytes() == tensor.dtype().bytes(tensor.shape().elements()), "a size that is not the shape's");
      require(tensor.bytes() == 0 || tensor.offset() >= 0 && tensor.offset() + tensor.bytes() <= content.length, "data outside the file");
      for (long at = tensor.offset(); at < tensor.offset() + tensor.bytes(); at++) {
        require(owned.add(at), "a byte of two tensors");
      }
    }
    for (String key : header.metadata().keys()) {
      askForEachType(header.metadata(), key);
    }
  }

  private static void askForEachType(GgufMetadata metadata, String key) {
    require(metadata.value(key) != null, "a key without a value");
    tolerate(() -> metadata.string(key));
    tolerate(() -> metadata.integer(key));
    tolerate(() -> metadata.number(key));
    tolerate(() -> metadata.flag(key));
    tolerate(() -> metadata.strings(key));
    tolerate(() -> metadata.floats(key));
    tolerate(() -> metadata.integers(key));
  }

  private static void tolerate(Runnable read) {
    try {
      read.run();
    } catch (FormatException e) {
      SafetensorsFuzzTest.requireUsefulMessage(e);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
