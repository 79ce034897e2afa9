package dev.wootz.engine;

import dev.wootz.engine.Generation.Alternative;
import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.engine.grammar.Constraint;
import dev.wootz.engine.grammar.Matcher;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.SamplingKernels;
import dev.wootz.tensor.Tensor;
import dev.wootz.tokenizer.TextStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A generation on its way: chooses tokens from logits, turns them into text and knows when to end. Who computes the logits is for others to
 * know: {@link Generator} in a session of its own, {@link Engine} for many at once.
 */
final class GenerationState implements TokenChoice {
  private final Model model;
  private final Backend backend;
  private final GenerationRequest request;
  private final GenerationListener listener;
  private final int room;
  private final TokenSampler sampler;
  private final StopStrings stops;

  /** Null without a tokenizer: then ids go in and out, and there is no text. */
  private final @Nullable TextStream stream;

  private final StringBuilder text = new StringBuilder();
  private final List<GeneratedToken> tokens = new ArrayList<>();

  /**
   * @param context the tokens before the first that is generated
   * @param room most tokens to generate: the request's, or what fits into the context
   */
  GenerationState(Model model, GenerationRequest request, GenerationListener listener, int[] context, int room) {
    this.model = model;
    this.backend = model.backend();
    this.request = request;
    this.listener = listener;
    this.room = room;
    this.stops = new StopStrings(request.stop());
    Constraint constraint = request.constraint();
    // A constraint counts every byte, so none may be taken from the start.
    this.stream = !model.hasTokenizer() ? null : constraint == null ? model.tokenizer().stream(true) : model.tokenizer().streamWithin(true);
    Matcher matcher = constraint == null ? null : constraint.matcher(model.tokenTrie(), model.tokenizer());
    this.sampler = new TokenSampler(backend, request.sampling(), model.config().vocabulary(), context, room, matcher);
  }

  /** Why no token may follow, or null: asked before the first, {@link #next} tells for all others. */
  @Nullable FinishReason endsBeforeFirst() {
    return sampler.finished() ? FinishReason.END : room == 0 ? FinishReason.LENGTH : null;
  }

  @Override
  public @Nullable FinishReason next(Tensor logits) {
    int id = sampler.next(logits);
    GeneratedToken token = new GeneratedToken(id, sampler.logprob(), alternatives(logits));
    tokens.add(token);
    listener.token(token);
    if ((!request.ignoreEnd() || request.constraint() != null) && model.ends(id)) {
      return FinishReason.END;
    }
    if (stream != null) {
      give(stops.accept(stream.next(id)));
    }
    if (stops.found()) {
      return FinishReason.STOP;
    }
    if (sampler.finished()) {
      return FinishReason.END;
    }
    return tokens.size() == room ? FinishReason.LENGTH : null;
  }

  private List<Alternative> alternatives(Tensor logits) {
    if (request.topLogprobs() == 0) {
      return List.of();
    }
    SamplingKernels.Distribution top = backend.sampling().top(logits, Math.min(request.topLogprobs(), model.config().vocabulary()));
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

  @Override
  public int last() {
    return tokens.get(tokens.size() - 1).id();
  }

  /** Tokens chosen so far. */
  int count() {
    return tokens.size();
  }

  /** Gives out the text that was held back, and makes the result. */
  @Override
  public Generation finish(FinishReason reason, int promptTokens, double prefillSeconds, double decodeSeconds) {
    if (reason != FinishReason.STOP && stream != null) {
      give(stops.accept(stream.finish()));
      give(stops.finish());
    }
    return new Generation(text.toString(), List.copyOf(tokens), reason, promptTokens, prefillSeconds, decodeSeconds);
  }

  @Override
  public void close() {
    sampler.close();
  }
}
