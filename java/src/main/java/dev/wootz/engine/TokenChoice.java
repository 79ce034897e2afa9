package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What becomes of the logits of a request. */
interface TokenChoice extends AutoCloseable {
  /**
   * Chooses the next token.
   *
   * @param logits f32 [vocabulary]
   * @return why the request ends with this token, or null when it goes on
   */
  @Nullable FinishReason next(Tensor logits);

  /** The token chosen last. */
  int last();

  /**
   * @param prefillSeconds from the call to the first logits
   * @param decodeSeconds from there to the end
   */
  Generation finish(FinishReason reason, int promptTokens, double prefillSeconds, double decodeSeconds);

  @Override
  void close();
}
