package dev.wootz.engine;

import dev.wootz.engine.grammar.ConstraintException;
import dev.wootz.engine.grammar.Matcher;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.SamplingKernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tokens for one request. The draw for the n-th token is word n of the seed's Philox stream: it depends on nothing but seed and place.
 */
final class TokenSampler implements AutoCloseable {
  private static final String STREAM = "sampling";

  private final Backend backend;
  private final SamplingKernels.Sampler sampler;
  private final boolean greedy;
  private final boolean penalties;
  private final Memory memory;
  private final Tensor seen;
  private final IntBuffer seenBuffer;
  private final Tensor word;
  private final IntBuffer wordBuffer;
  private final long key;
  private final int promptTokens;
  private final @Nullable Matcher matcher;
  private final @Nullable IntBuffer mask;
  private final float[] logprob = new float[1];
  private int count;
  private int drawn;

  /**
   * @param prompt the tokens before the first draw
   * @param room how many more there will be at most
   * @param matcher which tokens are allowed; null: all
   */
  TokenSampler(Backend backend, Sampling sampling, int vocabulary, int[] prompt, int room, @Nullable Matcher matcher) {
    this.matcher = matcher;
    this.backend = backend;
    this.greedy = sampling.temperature() == 0;
    this.penalties = sampling.repetitionPenalty() != 1 || sampling.presencePenalty() != 0 || sampling.frequencyPenalty() != 0;
    Map<Integer, Float> bias = new TreeMap<>(sampling.bias());
    int[] ids = bias.keySet().stream().mapToInt(Integer::intValue).toArray();
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = bias.get(ids[i]);
    }
    this.sampler =
        backend
            .sampling()
            .sampler(
                new SamplingKernels.Settings(
                    (float) sampling.temperature(),
                    sampling.topK(),
                    (float) sampling.topP(),
                    (float) sampling.minP(),
                    (float) sampling.repetitionPenalty(),
                    (float) sampling.presencePenalty(),
                    (float) sampling.frequencyPenalty()),
                ids,
                values,
                vocabulary);
    int capacity = Math.max(1, penalties ? prompt.length + room : 1);
    int maskWords = matcher == null ? 0 : (vocabulary + 31) / 32;
    memory = Memory.allocate((capacity + 1L + maskWords) * Integer.BYTES);
    Tensor all = Tensor.over(memory, DType.I32, capacity + 1L + maskWords);
    if (matcher == null) {
      mask = null;
    } else {
      Tensor bits = all.flat(capacity + 1L, maskWords);
      mask = bits.buffer().asIntBuffer();
      sampler.mask(bits);
    }
    word = all.flat(0, 1);
    seen = all.flat(1, capacity);
    wordBuffer = word.buffer().asIntBuffer();
    seenBuffer = seen.buffer().asIntBuffer();
    promptTokens = penalties ? prompt.length : 0;
    if (penalties) {
      seenBuffer.put(0, prompt);
      count = prompt.length;
    }
    key = backend.kernels().philoxKey(sampling.seed(), STREAM, 0);
  }

  /** @param logits f32 [vocabulary]; allocates nothing, but for masks of states that a constraint has not seen before */
  int next(Tensor logits) {
    double uniform = 0;
    if (matcher != null && mask != null && !matcher.fill(mask)) {
      throw new ConstraintException("no token of this model's vocabulary can go on with what the constraint demands");
    }
    if (!greedy) {
      backend.kernels().philoxWords(word, key, drawn);
      uniform = Integer.toUnsignedLong(wordBuffer.get(0)) * 0x1p-32;
    }
    drawn++;
    if (penalties) {
      sampler.tokens(seen, promptTokens, count);
    }
    int id = backend.sampling().sample(sampler, logits, uniform, logprob);
    if (penalties && count < seen.elements()) {
      seenBuffer.put(count++, id);
    }
    if (matcher != null) {
      matcher.accept(id);
    }
    return id;
  }

  /** Whether the text is complete and no token can follow but one that ends it. */
  boolean finished() {
    return matcher != null && matcher.finished();
  }

  /** Of the token chosen last, under the model's own distribution. */
  float logprob() {
    return logprob[0];
  }

  @Override
  public void close() {
    sampler.close();
    memory.close();
  }
}
