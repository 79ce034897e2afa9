package dev.wootz.engine;

import dev.wootz.engine.Generation.Alternative;
import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.kernel.SamplingKernels;
import dev.wootz.tensor.Tensor;
import dev.wootz.tokenizer.TextStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Generates in a session: prompt in, tokens out one by one, until something ends it. */
final class Generator {
  private final Model model;
  private final Session session;
  private final GenerationRequest request;
  private final GenerationListener listener;
  private final StringBuilder text = new StringBuilder();
  private final List<GeneratedToken> tokens = new ArrayList<>();
  private final StopStrings stops;

  Generator(Model model, Session session, GenerationRequest request, GenerationListener listener) {
    this.model = model;
    this.session = session;
    this.request = request;
    this.listener = listener;
    this.stops = new StopStrings(request.stop());
  }

  /**
   * @param prompt tokens to append first; they may be none when the session has some
   */
  Generation run(int[] prompt) {
    long began = System.nanoTime();
    long prefilled;
    FinishReason reason;
    // Without a tokenizer ids go in and out, and there is no text.
    TextStream stream = model.hasTokenizer() ? model.tokenizer().stream(true) : null;
    try {
      session.append(prompt, listener::cancelled);
    } catch (CancellationException e) {
      return result(FinishReason.CANCELLED, prompt.length, began, System.nanoTime());
    }
    prefilled = System.nanoTime();
    int room = Math.min(request.maxTokens(), session.context() - session.length());
    try (TokenSampler sampler = new TokenSampler(session.backend(), request.sampling(), model.config().vocabulary(), session.ids(), room)) {
      reason = loop(sampler, stream, room);
    }
    if (reason != FinishReason.STOP && stream != null) {
      give(stops.accept(stream.finish()));
      give(stops.finish());
    }
    return result(reason, prompt.length, began, prefilled);
  }

  private FinishReason loop(TokenSampler sampler, @Nullable TextStream stream, int room) {
    for (int n = 0; n < room; n++) {
      if (listener.cancelled()) {
        return FinishReason.CANCELLED;
      }
      if (n > 0) {
        session.append(tokens.get(n - 1).id());
      }
      Tensor logits = session.logits();
      int id = sampler.next(logits);
      GeneratedToken token = new GeneratedToken(id, sampler.logprob(), alternatives(logits));
      tokens.add(token);
      listener.token(token);
      if (!request.ignoreEnd() && model.ends(id)) {
        return FinishReason.END;
      }
      if (stream != null) {
        give(stops.accept(stream.next(id)));
      }
      if (stops.found()) {
        return FinishReason.STOP;
      }
    }
    return FinishReason.LENGTH;
  }

  private List<Alternative> alternatives(Tensor logits) {
    if (request.topLogprobs() == 0) {
      return List.of();
    }
    SamplingKernels.Distribution top = session.backend().sampling().top(logits, Math.min(request.topLogprobs(), model.config().vocabulary()));
    List<Alternative> alternatives = new ArrayList<>();
    for (int i = 0; i < top.ids().length; i++) {
      alternatives.add(new Alternative(top.ids()[i], top.probabilities()[i]));
    }
    return alternatives;
  }

  private void give(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.text(piece);
    }
  }

  private Generation result(FinishReason reason, int promptTokens, long began, long prefilled) {
    return new Generation(
        text.toString(), List.copyOf(tokens), reason, promptTokens, (prefilled - began) * 1e-9, (System.nanoTime() - prefilled) * 1e-9);
  }
}
