package dev.wootz.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.merge.kit.RandomCheckpoint;
import dev.wootz.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole merges from folder to folder. */
class MergeTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir static Path models;
  @TempDir Path folder;
  private Path out;

  @BeforeAll
  static void writeModels() {
    for (int i = 0; i < 3; i++) {
      RandomCheckpoint.write(models.resolve("f" + i), DType.F32, i);
      RandomCheckpoint.write(models.resolve("b" + i), DType.BF16, i);
    }
  }

  @BeforeEach
  void name() {
    out = folder.resolve("out");
  }

  private Merge merge(String method, String parameters, String kind) {
    boolean based = !method.equals("linear");
    StringBuilder yaml = new StringBuilder("merge_method: " + method + "\nmodels:\n");
    for (int i = 1; i < 3; i++) {
      yaml.append("- model: ").append(models.resolve(kind + i)).append("\n  parameters: {").append(parameters).append("}\n");
    }
    if (based) {
      yaml.append("base_model: ").append(models.resolve(kind + 0)).append('\n');
    }
    try {
      return Merge.recipe(Files.writeString(folder.resolve("recipe.yml"), yaml)).to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void linearIsTheWeightedMeanOfTheInputs() {
    MergeReport report = merge("linear", "weight: 0.5", "f").run();
    assertThat(report.tensors()).isEqualTo(8);
    for (String tensor : List.of(EMBEDDING, "model.norm.weight", "model.layers.1.mlp.down_proj.weight")) {
      float[] a = floats(models.resolve("f1"), tensor);
      float[] b = floats(models.resolve("f2"), tensor);
      float[] merged = floats(out, tensor);
      for (int i = 0; i < a.length; i++) {
        assertThat(merged[i]).isEqualTo((float) (((double) a[i] + b[i]) / 2));
      }
    }
    assertThat(out.resolve("config.json")).exists();
    assertThat(out.resolve("wootz-merge.json")).exists();
    assertThat(leftovers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "ties", "della", "dare_ties", "task_arithmetic"})
  void theNumberOfThreadsDoesNotChangeABit(String method) {
    String parameters = method.equals("linear") || method.equals("task_arithmetic") ? "weight: 0.3" : "weight: 0.3, density: 0.4";
    List<byte[]> outputs = new ArrayList<>();
    for (int threads : new int[] {1, 2, 7}) {
      merge(method, parameters, "b").threads(threads).overwrite(true).run();
      outputs.add(weights());
    }
    assertThat(outputs.get(1)).isEqualTo(outputs.get(0));
    assertThat(outputs.get(2)).isEqualTo(outputs.get(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "mergekit"})
  void aCancelledMergeGoesOnWhereItStoodAndGivesTheSameBytes(String compat) {
    Merge whole = merge("dare_ties", "weight: 0.3, density: 0.4", "b");
    if (!compat.isEmpty()) {
      whole.mode(Mode.MERGEKIT);
    }
    whole.threads(1).run();
    byte[] expected = weights();
    whole.overwrite(true);

    MergeListener cancelling =
        new MergeListener() {
          @Override
          public void progress(Progress progress) {
            if (progress.tensorsDone() > 0) {
              whole.cancel();
            }
          }
        };
    // Progress is told at intervals: the first report with a finished tensor may be the last one of the merge.
    MergeReport report = null;
    try {
      whole.run(cancelling);
    } catch (CancellationException e) {
      report = whole.resume(true).run();
    }
    assertThat(weights()).isEqualTo(expected);
    if (report != null) {
      assertThat(report.tensorsResumed()).isPositive();
    }
  }

  @Test
  void damagedTensorsOfAnInterruptedRunAreComputedAgain() throws IOException {
    Merge merge = merge("linear", "weight: 0.5", "b");
    merge.run();
    byte[] expected = weights();
    Files.move(out, folder.resolve("expected"));
    // An interrupted run that had finished everything but the renaming, with one tensor lost by a power failure.
    Path unfinished = folder.resolve(".out.unfinished");
    MergeListener stopAtTheEnd =
        new MergeListener() {
          @Override
          public void progress(Progress progress) {
            if (progress.phase().equals("verify")) {
              throw new CancellationException("stopped by the test");
            }
          }
        };
    assertThatThrownBy(() -> merge.verify(true).run(stopAtTheEnd)).isInstanceOf(CancellationException.class);
    flipAByte(unfinished.resolve("model.safetensors"), embeddingOffset(unfinished));
    MergeReport report = merge.resume(true).run();
    assertThat(report.tensorsResumed()).isEqualTo(7);
    assertThat(weights()).isEqualTo(expected);
  }

  @Test
  void resumingAnotherMergeIsRefused() {
    Merge first = merge("linear", "weight: 0.5", "b");
    MergeListener stop =
        new MergeListener() {
          @Override
          public void progress(Progress progress) {
            if (progress.phase().equals("verify")) {
              throw new CancellationException("stopped by the test");
            }
          }
        };
    assertThatThrownBy(() -> first.verify(true).run(stop)).isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> merge("linear", "weight: 0.25", "b").resume(true).run())
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("another recipe");
  }

  @Test
  void verifyFindsOneChangedByte() throws IOException {
    Merge merge = merge("task_arithmetic", "weight: 0.5", "b");
    assertThat(merge.verify(true).run().verified()).isTrue();
    assertThat(merge.run().bytesWritten()).isZero();
    flipAByte(out.resolve("model.safetensors"), embeddingOffset(out));
    assertThatThrownBy(merge::run).isInstanceOf(MergeException.class).hasMessageContaining(EMBEDDING).hasMessageContaining("element 0");
  }

  @Test
  void doesNotReplaceAFolderUnlessTold() throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("precious.txt"), "mine");
    Merge merge = merge("linear", "weight: 0.5", "b");
    assertThatThrownBy(merge::run).isInstanceOf(MergeException.class).hasMessageContaining("--overwrite");
    assertThat(out.resolve("precious.txt")).hasContent("mine");
    merge.overwrite(true).run();
    assertThat(out.resolve("precious.txt")).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void refusesValuesThatAreNotFiniteWhenTold() throws IOException {
    Path broken = RandomCheckpoint.write(folder.resolve("broken"), DType.F32, 1);
    try (FileChannel channel = FileChannel.open(broken.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, Float.NaN), embeddingOffset(broken) + 4 * 777);
    }
    String yaml =
        "merge_method: linear\nmodels:\n- {model: broken, parameters: {weight: 1}}\n- {model: " + models.resolve("f2")
            + ", parameters: {weight: 1}}\n";
    Merge merge = Merge.recipe(Files.writeString(folder.resolve("nan.yml"), yaml)).to(out);
    assertThatThrownBy(() -> merge.checkFinite(true).run())
        .isInstanceOf(MergeException.class)
        .hasMessageContaining(EMBEDDING)
        .hasMessageContaining("broken")
        .hasMessageContaining("1 NaN");
    assertThat(out).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void shardsHoldTheSameValues() {
    merge("linear", "weight: 0.5", "f").run();
    float[] expected = floats(out, EMBEDDING);
    merge("linear", "weight: 0.5", "f").maxShardSize(200_000).overwrite(true).run();
    assertThat(out.resolve("model.safetensors.index.json")).exists();
    assertThat(floats(out, EMBEDDING)).isEqualTo(expected);
  }

  @Test
  void saysHowMuchMemoryItNeedsWhenItMayNotHaveIt() {
    assertThatThrownBy(() -> merge("linear", "weight: 0.5", "f").maxMemory(1000).run())
        .isInstanceOf(MergeException.class)
        .hasMessageContaining("--max-memory");
    assertThat(leftovers()).isEmpty();
  }

  private byte[] weights() {
    try {
      return Files.readAllBytes(out.resolve("model.safetensors"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[] floats(Path model, String tensor) {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      TensorInfo info = checkpoint.tensor(tensor);
      ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN);
      checkpoint.read(info, 0, bytes);
      float[] values = new float[(int) info.shape().elements()];
      bytes.flip().asFloatBuffer().get(values);
      return values;
    }
  }

  private static long embeddingOffset(Path model) {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      return checkpoint.tensor(EMBEDDING).offset();
    }
  }

  private static void flipAByte(Path file, long offset) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      channel.write(one, offset);
    }
  }

  /** Hidden files and folders beside the output. */
  private List<Path> leftovers() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(".")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
