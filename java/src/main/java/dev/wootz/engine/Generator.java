package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Generates in a session: prompt in, tokens out one by one, until something ends it. */
final class Generator {
  private final Model model;
  private final Session session;
  private final GenerationRequest request;
  private final GenerationListener listener;

  Generator(Model model, Session session, GenerationRequest request, GenerationListener listener) {
    this.model = model;
    this.session = session;
    this.request = request;
    this.listener = listener;
  }

  /**
   * @param prompt tokens to append first; they may be none when the session has some
   */
  Generation run(int[] prompt) {
    session.under(request.adapter());
    long began = System.nanoTime();
    Deadline deadline = new Deadline(began, request.timeout());
    try {
      session.append(prompt, () -> listener.cancelled() || deadline.over());
    } catch (CancellationException e) {
      FinishReason reason = deadline.over() ? FinishReason.TIMEOUT : FinishReason.CANCELLED;
      return new Generation("", List.of(), reason, prompt.length, (System.nanoTime() - began) * 1e-9, 0);
    }
    long prefilled = System.nanoTime();
    int room = Math.min(request.maxTokens(), session.context() - session.length());
    try (GenerationState state = new GenerationState(model, request, listener, session.ids(), room)) {
      FinishReason reason = state.endsBeforeFirst();
      while (reason == null) {
        reason = next(state, deadline);
      }
      return state.finish(reason, prompt.length, (prefilled - began) * 1e-9, (System.nanoTime() - prefilled) * 1e-9);
    }
  }

  private @Nullable FinishReason next(GenerationState state, Deadline deadline) {
    if (listener.cancelled()) {
      return FinishReason.CANCELLED;
    }
    if (deadline.over()) {
      return FinishReason.TIMEOUT;
    }
    if (state.count() > 0) {
      session.append(state.last());
    }
    return state.next(session.logits());
  }
}
