package dev.wootz.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/**
 * Whatever the bytes, an index is refused with a {@link FormatException} or names files of its own folder only.
 *
 * <p>As a unit test this runs the seeds of {@code ShardIndexFuzzTestInputs}. To fuzz, from {@code java/}:
 *
 * <pre>  JAZZER_FUZZ=1 mvn test -Dtest=ShardIndexFuzzTest -Djazzer.hooks=true</pre>
 *
 * What it finds is written beside the seeds and fails the unit test from then on.
 */
class ShardIndexFuzzTest {
  private static final Path FOLDER = Path.of("fuzzed");
  private static final Path FILE = FOLDER.resolve(ShardIndex.FILE_NAME);

  @FuzzTest(maxDuration = "3m")
  void index(byte[] content) {
    ShardIndex index;
    try {
      index = ShardIndex.parse(FILE, content);
    } catch (FormatException e) {
      SafetensorsFuzzTest.requireUsefulMessage(e);
      return;
    }
    for (String shard : index.shards().values()) {
      Path path = FOLDER.resolve(shard);
      if (!path.normalize().equals(path) || !FOLDER.equals(path.getParent())) {
        throw new AssertionError("a shard outside the folder: " + path);
      }
    }
    if (!ShardIndex.parse(FILE, index.bytes()).equals(index)) {
      throw new AssertionError("another index after writing");
    }
  }
}
