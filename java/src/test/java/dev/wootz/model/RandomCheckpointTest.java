package dev.wootz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference;
import dev.wootz.format.inspect.TensorDifference.Kind;
import dev.wootz.format.inspect.TensorStatistics;
import dev.wootz.tensor.DType;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomCheckpointTest {
  private static final PublishedShape TINY = PublishedShapes.named("qwen3-tiny").orElseThrow();

  @TempDir Path folder;

  private static List<TensorStatistics> statistics(Checkpoint checkpoint) {
    List<TensorInfo> tensors = List.copyOf(checkpoint.tensors().values());
    return new CheckpointPass(2, bytes -> {}).statistics(checkpoint, tensors);
  }

  @Test
  void weightsAreNormalAndNormsAreOne() {
    RandomCheckpoint.of(TINY, DType.BF16, 7).write(folder.resolve("a"));
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("a"))) {
      assertThat(checkpoint.tensors().keySet()).containsAll(TINY.tensors(DType.BF16).stream().map(t -> t.name()).toList());
      assertThat(checkpoint.config()).isEqualTo(TINY.config(DType.BF16));
      for (TensorStatistics tensor : statistics(checkpoint)) {
        if (tensor.tensor().name().endsWith("norm.weight")) {
          assertThat(tensor.minimum()).isEqualTo(1);
          assertThat(tensor.maximum()).isEqualTo(1);
        } else {
          double sigmas = 5 / Math.sqrt(tensor.values().count());
          assertThat(tensor.mean()).isCloseTo(0, within(0.02 * sigmas));
          assertThat(tensor.deviation()).isCloseTo(0.02, within(0.02 * sigmas));
        }
      }
    }
  }

  @Test
  void dependOnTheSeedAlone() throws Exception {
    RandomCheckpoint.of(TINY, DType.F32, 7).threads(1).write(folder.resolve("a"));
    RandomCheckpoint.of(TINY, DType.F32, 7).threads(3).write(folder.resolve("b"));
    RandomCheckpoint.of(TINY, DType.F32, 8).threads(3).write(folder.resolve("c"));
    Path file = Path.of("model.safetensors");
    assertThat(folder.resolve("b").resolve(file)).hasSameBinaryContentAs(folder.resolve("a").resolve(file));
    assertThat(Files.mismatch(folder.resolve("a").resolve(file), folder.resolve("c").resolve(file))).isNotNegative();
  }

  @Test
  void shardsAreCutWhereAsked() {
    RandomCheckpoint.of(TINY, DType.BF16, 7).write(folder.resolve("one"));
    RandomCheckpoint.of(TINY, DType.BF16, 7).maxShardSize(100_000).write(folder.resolve("many"));
    try (Checkpoint one = Checkpoint.open(folder.resolve("one"));
        Checkpoint many = Checkpoint.open(folder.resolve("many"))) {
      assertThat(many.files()).hasSizeGreaterThan(2);
      assertThat(new CheckpointPass(2, bytes -> {}).differences(one, many, name -> true)).allMatch(d -> d.kind() == Kind.NONE);
    }
  }

  @Test
  void relativesAreAsFarAwayAsAsked() {
    RandomCheckpoint.of(TINY, DType.F32, 7).write(folder.resolve("base"));
    try (Checkpoint base = Checkpoint.open(folder.resolve("base"))) {
      RandomCheckpoint.perturbed(base, 1e-3, 3).write(folder.resolve("tuned"));
      try (Checkpoint tuned = Checkpoint.open(folder.resolve("tuned"))) {
        assertThat(tuned.config()).isEqualTo(base.config());
        for (TensorDifference difference : new CheckpointPass(2, bytes -> {}).differences(base, tuned, name -> true)) {
          assertThat(difference.kind()).isEqualTo(Kind.VALUES);
          double n = difference.distance().count();
          assertThat(TensorDifference.euclidean(difference.distance())).isCloseTo(1e-3 * Math.sqrt(n), within(5e-3));
        }
      }
    }
  }

  @Test
  void nothingIsOverwrittenAndNothingIsLeftBehind() throws Exception {
    RandomCheckpoint.of(TINY, DType.BF16, 7).write(folder.resolve("a"));
    assertThatThrownBy(() -> RandomCheckpoint.of(TINY, DType.BF16, 8).write(folder.resolve("a")))
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(FileAlreadyExistsException.class);
    RandomCheckpoint failing = RandomCheckpoint.of(TINY, DType.BF16, 8);
    failing.progress(
        bytes -> {
          throw new IllegalStateException("stop");
        });
    assertThatThrownBy(() -> failing.write(folder.resolve("b"))).hasMessage("stop");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly("a");
    }
  }
}
