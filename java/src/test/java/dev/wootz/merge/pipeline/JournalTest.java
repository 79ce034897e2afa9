package dev.wootz.merge.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.merge.MergeException;
import dev.wootz.merge.pipeline.TensorChecksums.Checksum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("journal");
  }

  @Test
  void remembersWhatWasFinished() {
    try (Journal journal = Journal.open(file, "f", false)) {
      journal.append("model.norm.weight", new Checksum("00", 128));
      journal.append("a name with blanks", new Checksum("11", 4096));
    }
    try (Journal journal = Journal.open(file, "f", true)) {
      assertThat(journal.finished())
          .containsEntry("model.norm.weight", new Checksum("00", 128))
          .containsEntry("a name with blanks", new Checksum("11", 4096))
          .hasSize(2);
    }
  }

  @Test
  void withoutResumeStartsAnew() {
    try (Journal journal = Journal.open(file, "f", false)) {
      journal.append("x", new Checksum("00", 1));
    }
    try (Journal journal = Journal.open(file, "f", false)) {
      assertThat(journal.finished()).isEmpty();
    }
    try (Journal journal = Journal.open(file, "f", true)) {
      assertThat(journal.finished()).isEmpty();
    }
  }

  @Test
  void ignoresALineThatWasCutShortAndGoesOnBehindTheLastWholeOne() throws IOException {
    try (Journal journal = Journal.open(file, "f", false)) {
      journal.append("x", new Checksum("00", 1));
    }
    Files.writeString(file, "deadbeef 10", StandardOpenOption.APPEND);
    try (Journal journal = Journal.open(file, "f", true)) {
      assertThat(journal.finished()).containsOnlyKeys("x");
      journal.append("y", new Checksum("01", 2));
    }
    try (Journal journal = Journal.open(file, "f", true)) {
      assertThat(journal.finished()).containsOnlyKeys("x", "y");
    }
  }

  @Test
  void refusesTheJournalOfAnotherMerge() {
    Journal.open(file, "f", false).close();
    assertThatThrownBy(() -> Journal.open(file, "g", true)).isInstanceOf(MergeException.class).hasMessageContaining("without --resume");
  }

  @Test
  void twoMergesCannotWriteIntoOneFolder() {
    try (Journal first = Journal.open(file, "f", false)) {
      assertThat(first.finished()).isEmpty();
      assertThatThrownBy(() -> Journal.open(file, "f", true))
          .isInstanceOf(MergeException.class)
          .hasMessageContaining("another merge is writing");
    }
  }
}
