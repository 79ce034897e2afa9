package dev.wootz.format.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointLayout;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.TensorSpec;
import dev.wootz.format.inspect.TensorDifference.Kind;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointPassTest {
  /** More than one piece, and not a whole number of them. */
  private static final int LARGE = (1 << 20) * 2 + 13;

  @TempDir Path folder;

  private record Data(TensorSpec spec, ByteBuffer bytes) {
    static Data floats(String name, float... values) {
      ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return new Data(new TensorSpec(name, DType.F32, Shape.of(values.length)), bytes);
    }

    static Data bytes(String name, DType dtype, byte... values) {
      return new Data(new TensorSpec(name, dtype, Shape.of(values.length / dtype.bytes())), ByteBuffer.wrap(values));
    }
  }

  private Checkpoint checkpoint(String name, Data... tensors) {
    CheckpointLayout layout = CheckpointWriter.layout(List.of(tensors).stream().map(Data::spec).toList(), Long.MAX_VALUE);
    Path target = folder.resolve(name);
    try (CheckpointWriter writer = CheckpointWriter.create(target, layout, Map.of())) {
      for (Data tensor : tensors) {
        writer.write(tensor.spec().name(), 0, tensor.bytes());
      }
      writer.finishShards();
    }
    return Checkpoint.open(target);
  }

  private static List<TensorStatistics> statistics(Checkpoint checkpoint, int threads) {
    return new CheckpointPass(threads, bytes -> {}).statistics(checkpoint, List.copyOf(checkpoint.tensors().values()));
  }

  @Test
  void countsWhatIsNotFinite() {
    try (Checkpoint checkpoint =
        checkpoint("a", Data.floats("x", 1, -2, 0, -0f, Float.NaN, Float.POSITIVE_INFINITY, 4), Data.floats("y", Float.NaN))) {
      List<TensorStatistics> measured = statistics(checkpoint, 2);
      TensorStatistics x = measured.get(0);
      assertThat(x.values().count()).isEqualTo(7);
      assertThat(x.values().zeros()).isEqualTo(2);
      assertThat(x.values().nans()).isEqualTo(1);
      assertThat(x.values().infinities()).isEqualTo(1);
      assertThat(x.minimum()).isEqualTo(-2);
      assertThat(x.maximum()).isEqualTo(4);
      assertThat(x.mean()).isCloseTo(0.6, within(1e-12));
      assertThat(x.deviation()).isCloseTo(Math.sqrt(21 / 5.0 - 0.36), within(1e-12));
      assertThat(measured.get(1).minimum()).isNaN();
    }
  }

  @Test
  void figuresDoNotDependOnThreads() {
    float[] values = new float[LARGE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.1) * (i % 1000);
    }
    try (Checkpoint checkpoint = checkpoint("a", Data.floats("x", values), Data.floats("z"), Data.floats("y", 3))) {
      List<TensorStatistics> one = statistics(checkpoint, 1);
      assertThat(statistics(checkpoint, 2)).isEqualTo(one);
      assertThat(statistics(checkpoint, 7)).isEqualTo(one);
      assertThat(one.get(0).values().count()).isEqualTo(LARGE);
      assertThat(one.get(2).values().count()).isZero();
    }
  }

  @Test
  void typesWithoutArithmeticAreListedWithoutFigures() {
    try (Checkpoint checkpoint = checkpoint("a", Data.bytes("flags", DType.BOOL, (byte) 1, (byte) 0), Data.floats("x", 1))) {
      List<TensorStatistics> measured = statistics(checkpoint, 1);
      assertThat(measured.get(0).values().count()).isZero();
      assertThat(measured.get(1).values().count()).isEqualTo(1);
    }
  }

  @Test
  void tellsInWhatTensorsDiffer() {
    try (Checkpoint a =
            checkpoint(
                "a", Data.floats("changed", 3, 4), Data.floats("gone", 1), Data.floats("same", 1, Float.NaN), Data.floats("shape", 1),
                Data.floats("type", 1, 2), Data.bytes("flags", DType.BOOL, (byte) 1, (byte) 0));
        Checkpoint b =
            checkpoint(
                "b", Data.floats("changed", 3, 0), Data.floats("new", 1), Data.floats("same", 1, Float.NaN), Data.floats("shape", 1, 2),
                Data.bytes("type", DType.BF16, (byte) 0x80, (byte) 0x3f, (byte) 0, (byte) 0x40),
                Data.bytes("flags", DType.BOOL, (byte) 1, (byte) 1))) {
      AtomicLong read = new AtomicLong();
      List<TensorDifference> differences = new CheckpointPass(2, read::addAndGet).differences(a, b, name -> true);
      assertThat(differences)
          .extracting(difference -> difference.name() + " " + difference.kind())
          .containsExactly("changed VALUES", "flags VALUES", "gone ONLY_FIRST", "new ONLY_SECOND", "same NONE", "shape SHAPE", "type DTYPE");
      TensorDifference changed = differences.get(0);
      assertThat(TensorDifference.euclidean(changed.distance())).isEqualTo(4);
      assertThat(TensorDifference.relative(changed.distance())).isCloseTo(0.8, within(1e-12));
      assertThat(TensorDifference.cosine(changed.distance())).isCloseTo(0.6, within(1e-12));
      assertThat(changed.distance().different()).isEqualTo(1);
      assertThat(read.get()).isEqualTo(8 * 2 + 8 * 2 + 8 + 4 + 2 * 2);
      assertThat(new CheckpointPass(2, bytes -> {}).differences(a, b, name -> name.contains("am")))
          .extracting(TensorDifference::name)
          .containsExactly("same");
    }
  }

  @Test
  void endsWhenAskedTo() {
    try (Checkpoint checkpoint = checkpoint("a", Data.floats("x", new float[LARGE]))) {
      CheckpointPass[] pass = new CheckpointPass[1];
      pass[0] = new CheckpointPass(1, bytes -> pass[0].cancel());
      assertThatThrownBy(() -> pass[0].statistics(checkpoint, List.copyOf(checkpoint.tensors().values())))
          .isInstanceOf(CancellationException.class);
    }
  }
}
