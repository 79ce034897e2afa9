package dev.wootz.kernel;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code sampling.h}, whose comments are the specification. Prepared arguments, nothing allocated for a token.
 */
public interface SamplingKernels {
  /** The settings of one request. */
  record Settings(float temperature, int topK, float topP, float minP, float repetitionPenalty, float presencePenalty, float frequencyPenalty) {}

  /** A request's sampler: settings, bias and a view of its tokens, as native structs. */
  interface Sampler extends AutoCloseable {
    /**
     * @param tokens i32: prompt and generated tokens; the penalties on presence and frequency see those from {@code prompt} on
     * @param count how many of them count
     */
    void tokens(Tensor tokens, int prompt, int count);

    /** @param mask i32 [ceil(vocabulary / 32)] bits of the tokens that are allowed, or null for all */
    void mask(@Nullable Tensor mask);

    @Override
    void close();
  }

  Sampler sampler(Settings settings, int[] biasIds, float[] bias, int vocabulary);

  /** The tokens that survive and their probabilities, most probable first. */
  record Distribution(int[] ids, float[] probabilities) {}

  /** @param logits f32 [vocabulary] */
  Distribution distribution(Sampler sampler, Tensor logits);

  /** @param uniform in [0, 1); returns the id; its log-probability under the unprocessed logits goes to {@code logprob[0]} */
  int sample(Sampler sampler, Tensor logits, double uniform, float[] logprob);

  /** @param out f32 [rows]; @param logits f32 [rows, vocabulary]; @param ids i32 [rows] */
  void logprobs(Tensor out, Tensor logits, Tensor ids, long rows, @Nullable Threads pool);

  /** The k largest logits' ids and log-probabilities, descending. */
  Distribution top(Tensor logits, int k);
}
