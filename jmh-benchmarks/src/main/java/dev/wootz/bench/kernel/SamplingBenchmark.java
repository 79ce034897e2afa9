package dev.wootz.bench.kernel;

import dev.wootz.kernel.CpuSamplingKernels;
import dev.wootz.kernel.SamplingKernels;
import dev.wootz.kernel.SamplingKernels.Sampler;
import dev.wootz.kernel.SamplingKernels.Settings;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a token cost between the logits and its id? Qwen3's vocabulary of 151,936, one thread; 2,000 tokens of history for the penalties.
 * Logits are normal, of deviation 2.5, with 50 that stand out in {@code peaked}; {@code flat} is the worst case of a cut by probability.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms256m", "-Xmx256m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"})
public class SamplingBenchmark {
  private static final int VOCABULARY = 151_936;
  private static final int HISTORY = 2_000;

  /** The settings of one request. */
  public enum How {
    GREEDY(new Settings(0, 0, 1, 0, 1, 0, 0)),
    TOP_K(new Settings(0.6f, 20, 0.95f, 0, 1, 0, 0)),
    TOP_P(new Settings(1, 0, 0.95f, 0, 1, 0, 0)),
    MIN_P(new Settings(1, 0, 1, 0.05f, 1, 0, 0)),
    PLAIN(new Settings(1, 0, 1, 0, 1, 0, 0)),
    PENALTIES(new Settings(0.6f, 20, 0.95f, 0, 1.1f, 0.1f, 0.1f));

    private final Settings settings;

    How(Settings settings) {
      this.settings = settings;
    }
  }

  @Param How how;

  @Param({"peaked", "flat"})
  String shape;

  private final SamplingKernels kernels = CpuSamplingKernels.get();
  private final Random random = new Random(1);
  private final float[] logprob = new float[1];
  private Memory memory;
  private Tensor logits;
  private Tensor tokens;
  private Sampler sampler;

  @Setup
  public void fill() {
    memory = Memory.allocate(4L * (VOCABULARY + HISTORY));
    logits = new Tensor(memory, 0, DType.F32, Shape.of(1, VOCABULARY));
    tokens = new Tensor(memory, 4L * VOCABULARY, DType.I32, Shape.of(HISTORY));
    FloatBuffer values = logits.buffer().asFloatBuffer();
    for (int i = 0; i < VOCABULARY; i++) {
      values.put(i, (float) (2.5 * random.nextGaussian()));
    }
    for (int i = 0; i < 50 && shape.equals("peaked"); i++) {
      int at = random.nextInt(VOCABULARY);
      values.put(at, values.get(at) + 18);
    }
    tokens.buffer().asIntBuffer().put(random.ints(HISTORY, 0, VOCABULARY).toArray());
    sampler = kernels.sampler(how.settings, new int[0], new float[0], VOCABULARY);
    sampler.tokens(tokens, HISTORY / 2, HISTORY);
  }

  @TearDown
  public void free() {
    sampler.close();
    memory.close();
  }

  /** Id and log-probability: two passes more over the logits than the id alone. */
  @Benchmark
  public int sample() {
    return kernels.sample(sampler, logits, random.nextDouble(), logprob);
  }
}
