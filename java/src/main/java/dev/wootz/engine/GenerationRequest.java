package dev.wootz.engine;

import dev.wootz.engine.grammar.Constraint;
import dev.wootz.model.lora.Adapter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to generate. Immutable; the {@code with} methods give changed copies.
 *
 * @param maxTokens most tokens to generate; the session's context bounds them too
 * @param sampling how tokens are chosen
 * @param stop generation ends before any of these strings; none of it is given out
 * @param ignoreEnd whether to go on past the model's end tokens
 * @param topLogprobs how many alternatives to report for each token; 0 for none
 * @param timeout generation ends so long after the call, with what there is by then; null: no limit
 * @param constraint what the text may be; null: anything. An end token then ends the text whatever {@code ignoreEnd} says
 * @param adapter what the model is changed by for this request; null: nothing. To be open until the answer is there
 */
public record GenerationRequest(int maxTokens, Sampling sampling, List<String> stop, boolean ignoreEnd, int topLogprobs,
    @Nullable Duration timeout, @Nullable Constraint constraint, @Nullable Adapter adapter) {
  public static final int DEFAULT_MAX_TOKENS = 512;

  public GenerationRequest {
    if (maxTokens < 0 || topLogprobs < 0) {
      throw new IllegalArgumentException("max tokens " + maxTokens + ", top log-probabilities " + topLogprobs + ": expected 0 or more");
    }
    if (stop.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop string is empty");
    }
    if (timeout != null && timeout.isNegative()) {
      throw new IllegalArgumentException("a time-out of " + timeout + ": expected none or at least zero");
    }
    stop = List.copyOf(stop);
  }

  /** Greedy, at most {@link #DEFAULT_MAX_TOKENS}. */
  public static GenerationRequest defaults() {
    return new GenerationRequest(DEFAULT_MAX_TOKENS, Sampling.greedy(), List.of(), false, 0, null, null, null);
  }

  public GenerationRequest withMaxTokens(int count) {
    return new GenerationRequest(count, sampling, stop, ignoreEnd, topLogprobs, timeout, constraint, adapter);
  }

  public GenerationRequest withSampling(Sampling how) {
    return new GenerationRequest(maxTokens, how, stop, ignoreEnd, topLogprobs, timeout, constraint, adapter);
  }

  public GenerationRequest withStop(String... strings) {
    return new GenerationRequest(maxTokens, sampling, List.of(strings), ignoreEnd, topLogprobs, timeout, constraint, adapter);
  }

  public GenerationRequest withIgnoreEnd(boolean ignore) {
    return new GenerationRequest(maxTokens, sampling, stop, ignore, topLogprobs, timeout, constraint, adapter);
  }

  public GenerationRequest withTopLogprobs(int count) {
    return new GenerationRequest(maxTokens, sampling, stop, ignoreEnd, count, timeout, constraint, adapter);
  }

  public GenerationRequest withTimeout(@Nullable Duration limit) {
    return new GenerationRequest(maxTokens, sampling, stop, ignoreEnd, topLogprobs, limit, constraint, adapter);
  }

  /** Only texts that it allows are generated, whatever the sampling; the log-probabilities stay those of the model itself. */
  public GenerationRequest withConstraint(@Nullable Constraint allowed) {
    return new GenerationRequest(maxTokens, sampling, stop, ignoreEnd, topLogprobs, timeout, allowed, adapter);
  }

  /** One that {@link Model#adapter} of the same model opened. */
  public GenerationRequest withAdapter(@Nullable Adapter which) {
    return new GenerationRequest(maxTokens, sampling, stop, ignoreEnd, topLogprobs, timeout, constraint, which);
  }
}
