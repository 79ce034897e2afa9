package dev.wootz.bench.merge;

import dev.wootz.bench.merge.Checkpoints.Traffic;
import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.GtaModel;
import dev.wootz.kernel.GtaModel.MagnitudeRange;
import dev.wootz.kernel.Kernels.Gta;
import dev.wootz.tensor.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How far are the fused merge kernels from a plain copy of the bytes they touch? One thread; GB/s counts each input and the output once.
 * The floor of a kernel on inputs that come from memory is {@link #copy}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class MergeBenchmark {
  private List<Tensor> base;
  private List<Tensor> a;
  private List<Tensor> b;
  private List<Tensor> output;
  private List<Tensor> keys;
  private MagnitudeRange range;
  private long keyA;
  private long keyB;

  @Setup
  public void cut(Checkpoints c) {
    base = Tiles.of(c.base);
    a = Tiles.of(c.models.get(0));
    b = Tiles.of(c.models.get(1));
    output = Tiles.of(c.output);
    keys = Tiles.of(c.keys);
    range = new MagnitudeRange(Float.floatToRawIntBits(0.0013f), -1, 0, 0, 0, 0);
    keyA = c.kernels.philoxKey(0, "tensor", 0);
    keyB = c.kernels.philoxKey(0, "tensor", 1);
  }

  @Benchmark
  public void copy(Checkpoints c, Traffic traffic) {
    for (int i = 0; i < base.size(); i++) {
      output.get(i).buffer().put(base.get(i).buffer());
    }
    traffic.add(c.base, c.output);
  }

  @Benchmark
  public void linear(Checkpoints c, Traffic traffic) {
    for (int i = 0; i < base.size(); i++) {
      c.kernels.mergeLinear(output.get(i), List.of(a.get(i), b.get(i)), null, new double[] {0.6, 0.4}, 1, Arithmetic.F32);
    }
    traffic.add(c.models.get(0), c.models.get(1), c.output);
  }

  @Benchmark
  public void linearInFloat64(Checkpoints c, Traffic traffic) {
    for (int i = 0; i < base.size(); i++) {
      c.kernels.mergeLinear(output.get(i), List.of(a.get(i), b.get(i)), null, new double[] {0.6, 0.4}, 1, Arithmetic.F64);
    }
    traffic.add(c.models.get(0), c.models.get(1), c.output);
  }

  @Benchmark
  public void gram(Checkpoints c, Traffic traffic) {
    for (int i = 0; i < base.size(); i++) {
      c.kernels.mergeGram(new double[4], List.of(a.get(i), b.get(i)), null);
    }
    traffic.add(c.models.get(0), c.models.get(1));
  }

  @Benchmark
  public void deltaKeys(Checkpoints c, Traffic traffic) {
    for (int i = 0; i < base.size(); i++) {
      c.kernels.mergeDeltaKeys(keys.get(i), a.get(i), base.get(i), Arithmetic.F32);
    }
    traffic.add(c.models.get(0), c.base);
  }

  @Benchmark
  public void taskArithmetic(Checkpoints c, Traffic traffic) {
    gta(c, traffic, false, (x, key) -> GtaModel.keepAll(x, 0.5));
  }

  @Benchmark
  public void ties(Checkpoints c, Traffic traffic) {
    gta(c, traffic, true, (x, key) -> GtaModel.keepRange(x, 0.5, 1, range));
  }

  @Benchmark
  public void dareTies(Checkpoints c, Traffic traffic) {
    gta(c, traffic, true, (x, key) -> GtaModel.keepRandom(x, 0.5, 1, true, key, 0.5));
  }

  @Benchmark
  public void della(Checkpoints c, Traffic traffic) {
    gta(c, traffic, true, (x, key) -> GtaModel.keepRanked(x, 0.5, 1, true, key, 0.5, 0.15));
  }

  private void gta(Checkpoints c, Traffic traffic, boolean elect, BiFunction<Tensor, Long, GtaModel> model) {
    for (int i = 0; i < base.size(); i++) {
      Gta gta = new Gta(Arithmetic.F32, elect, elect, 1, i * Tiles.ROWS * Checkpoints.COLS);
      List<GtaModel> models = List.of(model.apply(a.get(i), keyA), model.apply(b.get(i), keyB));
      c.kernels.mergeGta(output.get(i), base.get(i), gta, models, c.scratch);
    }
    traffic.add(c.base, c.models.get(0), c.models.get(1), c.output);
  }
}
