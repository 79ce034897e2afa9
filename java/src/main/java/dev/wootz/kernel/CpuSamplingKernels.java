package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.check;
import static dev.wootz.kernel.NativeArguments.floats;
import static dev.wootz.kernel.NativeArguments.ints;
import static dev.wootz.kernel.NativeArguments.pointer;
import static dev.wootz.kernel.NativeArguments.pool;

import dev.wootz.bindings.global.wootz;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/** Sampling on the CPU. Samplers are {@link CpuSampler}s: each for one thread at a time. */
public final class CpuSamplingKernels implements SamplingKernels {
  private static final CpuSamplingKernels INSTANCE = new CpuSamplingKernels();

  CpuSamplingKernels() {}

  public static CpuSamplingKernels get() {
    return INSTANCE;
  }

  @Override
  public Sampler sampler(Settings settings, int[] biasIds, float[] bias, int vocabulary) {
    return new CpuSampler(settings, biasIds, bias, vocabulary);
  }

  @Override
  public Distribution distribution(Sampler sampler, Tensor logits) {
    CpuSampler s = (CpuSampler) sampler;
    atLeast(s.vocabulary(), logits, "logits");
    try (IntPointer ids = new IntPointer(s.vocabulary());
        FloatPointer probabilities = new FloatPointer(s.vocabulary());
        LongPointer count = new LongPointer(1)) {
      check(
          wootz.wz_sampling_distribution(
              ids, probabilities, count, floats(logits), s.vocabulary(), s.settings(), s.context(), s.scratch()));
      return distribution(ids, probabilities, Math.toIntExact(count.get()));
    }
  }

  @Override
  public int sample(Sampler sampler, Tensor logits, double uniform, float @Nullable [] logprob) {
    CpuSampler s = (CpuSampler) sampler;
    atLeast(s.vocabulary(), logits, "logits");
    FloatPointer wanted = logprob == null ? null : s.logprob();
    check(
        wootz.wz_sample(s.id(), wanted, floats(logits), s.vocabulary(), s.settings(), s.context(), uniform, s.scratch()));
    if (logprob != null) {
      logprob[0] = s.logprob().get();
    }
    return s.id().get();
  }

  @Override
  public void logprobs(Tensor out, Tensor logits, Tensor ids, long rows, @Nullable Threads pool) {
    long vocabulary = logits.shape().cols();
    atLeast(rows, out, "out");
    atLeast(rows, ids, "ids");
    atLeast(Math.multiplyExact(rows, vocabulary), logits, "logits");
    check(wootz.wz_logprobs(floats(out), floats(logits), ints(ids), rows, vocabulary, pool(pool)));
  }

  @Override
  public Distribution top(Tensor logits, int k) {
    long vocabulary = logits.elements();
    try (Memory scratch = Memory.allocate(wootz.wz_sampling_scratch(vocabulary));
        IntPointer ids = new IntPointer(k);
        FloatPointer logprobs = new FloatPointer(k)) {
      check(wootz.wz_top_logits(ids, logprobs, floats(logits), vocabulary, k, pointer(Tensor.over(scratch, DType.U8, scratch.bytes()))));
      return distribution(ids, logprobs, k);
    }
  }

  private static Distribution distribution(IntPointer ids, FloatPointer values, int count) {
    int[] of = new int[count];
    float[] value = new float[count];
    ids.get(of);
    values.get(value);
    return new Distribution(of, value);
  }
}
