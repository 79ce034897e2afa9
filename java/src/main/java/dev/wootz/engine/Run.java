package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request on its way through an engine. For the engine's thread, or under its lock. */
final class Run {
  final CachedSequence sequence;
  final GenerationRequest request;
  final Answer answer;
  final Delivery delivery;

  /** The sequence that the caller holds, or null: then the pages go to the prefix tree in the end. */
  final @Nullable Sequence owner;

  /** Tokens of the sequence before this request. */
  final int before;

  final int promptTokens;

  /** Most tokens to generate. */
  final int room;

  final Deadline deadline;
  final long submitted;

  /** Of a rebuild, whose pages these are to replace; null for a request. */
  @Nullable CachedSequence rebuilds;

  /** Of the sequence that it rebuilds, when it began. */
  int version;

  /** Whether its turn has come before. */
  boolean admitted;

  /** From the first logits on. */
  @Nullable TokenChoice state;

  private long prefilled;

  /** Tokens of the present step, and the row of its logits or -1. */
  int planned;

  int row = -1;

  /** What the present step's logits led to. */
  @Nullable FinishReason ended;

  @Nullable Throwable failure;

  Run(CachedSequence sequence, GenerationRequest request, Answer answer, Delivery delivery, @Nullable Sequence owner, int promptTokens, int room) {
    this.sequence = sequence;
    this.request = request;
    this.answer = answer;
    this.delivery = delivery;
    this.owner = owner;
    this.before = sequence.length() - promptTokens;
    this.promptTokens = promptTokens;
    this.room = room;
    this.submitted = System.nanoTime();
    this.deadline = new Deadline(submitted, request.timeout());
  }

  /** That its adapter has been closed, or null. */
  @Nullable AdapterClosedException closedAdapter() {
    Adapter adapter = sequence.adapter();
    return adapter != null && adapter.closed() ? new AdapterClosedException(adapter.path()) : null;
  }

  void logitsReady() {
    if (prefilled == 0) {
      prefilled = System.nanoTime();
    }
  }

  Generation result(FinishReason reason) {
    long now = System.nanoTime();
    long began = prefilled == 0 ? now : prefilled;
    double prefill = (began - submitted) * 1e-9;
    double decode = (now - began) * 1e-9;
    return state == null ? new Generation("", List.of(), reason, promptTokens, prefill, decode) : state.finish(reason, promptTokens, prefill, decode);
  }
}
