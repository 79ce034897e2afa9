package dev.wootz.kernel;

import static dev.wootz.kernel.NativeArguments.atLeast;
import static dev.wootz.kernel.NativeArguments.ints;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_sampling;
import dev.wootz.bindings.wz_sampling_context;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** The native structs, scratch memory and results of one request's sampling. */
final class CpuSampler implements SamplingKernels.Sampler {
  private final int vocabulary;
  private final wz_sampling settings = new wz_sampling();
  private final wz_sampling_context context = new wz_sampling_context();
  private final IntPointer biasIds;
  private final FloatPointer bias;
  private final Memory memory;
  private final Tensor scratch;
  private final IntPointer id = new IntPointer(1);
  private final FloatPointer logprob = new FloatPointer(1);

  /** What the context's pointers were made of: they change once a request, their counts with each token. */
  private @Nullable Tensor tokens;

  private int prompt;

  CpuSampler(SamplingKernels.Settings settings, int[] biasIds, float[] bias, int vocabulary) {
    if (biasIds.length != bias.length) {
      throw new KernelException("found " + biasIds.length + " ids and " + bias.length + " values of bias, expected as many");
    }
    if (vocabulary < 1) {
      throw new KernelException("vocabulary: found " + vocabulary + ", expected at least 1");
    }
    this.vocabulary = vocabulary;
    this.settings.temperature(settings.temperature()).top_k(settings.topK()).top_p(settings.topP()).min_p(settings.minP());
    this.settings.repetition_penalty(settings.repetitionPenalty());
    this.settings.presence_penalty(settings.presencePenalty()).frequency_penalty(settings.frequencyPenalty());
    this.biasIds = new IntPointer(biasIds);
    this.bias = new FloatPointer(bias);
    memory = Memory.allocate(wootz.wz_sampling_scratch(vocabulary));
    scratch = Tensor.over(memory, DType.U8, memory.bytes());
    context.history((IntPointer) null).history_count(0).generated((IntPointer) null).generated_count(0).mask((IntPointer) null);
    context.bias_ids(this.biasIds).bias(this.bias).bias_count(bias.length);
  }

  @Override
  public void tokens(Tensor tokens, int prompt, int count) {
    if (prompt < 0 || count < prompt) {
      throw new KernelException("found " + count + " tokens, " + prompt + " of them the prompt, expected 0 <= prompt <= tokens");
    }
    atLeast(count, tokens, "tokens");
    if (this.tokens != tokens || this.prompt != prompt) {
      IntPointer all = ints(tokens);
      context.history(all).generated(all.getPointer(IntPointer.class, prompt));
      this.tokens = tokens;
      this.prompt = prompt;
    }
    context.history_count(count).generated_count(count - prompt);
  }

  @Override
  public void mask(@Nullable Tensor mask) {
    if (mask != null) {
      atLeast((vocabulary + 31L) / 32, mask, "mask");
    }
    context.mask(mask == null ? null : ints(mask));
  }

  int vocabulary() {
    return vocabulary;
  }

  wz_sampling settings() {
    return settings;
  }

  wz_sampling_context context() {
    return context;
  }

  /** Throws {@link IllegalStateException} after {@link #close}. */
  Pointer scratch() {
    return scratch.pointer();
  }

  IntPointer id() {
    return id;
  }

  FloatPointer logprob() {
    return logprob;
  }

  @Override
  public void close() {
    memory.close();
    settings.close();
    context.close();
    biasIds.close();
    bias.close();
    id.close();
    logprob.close();
  }
}
