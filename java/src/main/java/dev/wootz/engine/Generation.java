package dev.wootz.engine;

import java.util.List;

/**
 * What was generated.
 *
 * @param text without the stop string or the end token
 * @param tokens all that were sampled, the end token too
 * @param prefillSeconds from the call to the first logits
 * @param decodeSeconds from there to the end
 */
public record Generation(
    String text, List<GeneratedToken> tokens, FinishReason finishReason, int promptTokens, double prefillSeconds, double decodeSeconds) {

  /** Why generation ended. */
  public enum FinishReason {
    /** The model's end token, or a constraint with which the text is complete and nothing can follow. */
    END,
    /** One of the request's stop strings. */
    STOP,
    /** The request's most tokens, or the end of the context. */
    LENGTH,
    /** Cancelled by the caller. */
    CANCELLED,
    /** The request's time was up. */
    TIMEOUT
  }

  /**
   * One token.
   *
   * @param logprob log-probability under the model's own distribution, before temperature and penalties
   * @param alternatives the most probable tokens at this place, where they were asked for
   */
  public record GeneratedToken(int id, float logprob, List<Alternative> alternatives) {}

  /** A token that could have been chosen. */
  public record Alternative(int id, float logprob) {}

  public int[] ids() {
    return tokens.stream().mapToInt(GeneratedToken::id).toArray();
  }

  /** Prompt tokens per second; 0 when there were none. */
  public double prefillRate() {
    return prefillSeconds > 0 ? promptTokens / prefillSeconds : 0;
  }

  /** Generated tokens per second; 0 when there were none. */
  public double decodeRate() {
    return decodeSeconds > 0 ? tokens.size() / decodeSeconds : 0;
  }
}
