package dev.wootz.engine;

import dev.wootz.model.KvCache;
import dev.wootz.model.lora.Adapter;
import org.jspecify.annotations.Nullable;

/**
 * Tokens in an {@link Engine} that stay between requests. One request at a time runs on a sequence; several sequences run at the same time.
 *
 * <p>An idle sequence holds pages of the cache as long as nobody needs them; what was taken is computed again when it goes on. Safe from any
 * number of threads.
 */
public final class Sequence implements AutoCloseable {
  /** A key that was rotated so often is computed anew: each time rounds it once more. */
  private static final int MAX_ROTATIONS = 4;

  private final Engine engine;

  /** These are guarded by the engine's lock. */
  private final CachedSequence tokens;

  private @Nullable Answer running;
  private @Nullable Answer rebuilding;
  private boolean closed;

  Sequence(Engine engine, CachedSequence tokens) {
    this.engine = engine;
    this.tokens = tokens;
  }

  /**
   * Appends a prompt and generates; what is generated is appended too, an end token or a stop string with it. A request that fails, or is
   * cancelled before its first token, leaves the sequence as it was.
   *
   * @param prompt may be empty when the sequence has tokens
   * @throws IllegalStateException while another request runs on this sequence
   * @throws RefusedException when too many requests wait
   * @throws ContextFullException when it does not fit
   */
  public Answer generate(int[] prompt, GenerationRequest request, GenerationListener listener) {
    engine.requireIds(prompt);
    engine.prepare(request);
    engine.lock().lock();
    try {
      requireIdle();
      if (tokens.length() + prompt.length == 0) {
        throw new IllegalArgumentException("the sequence and the prompt are empty: at least one token is needed to begin with");
      }
      running = engine.start(tokens, this, prompt, request, listener, null);
      return running;
    } finally {
      engine.lock().unlock();
    }
  }

  public Answer generate(String prompt, GenerationRequest request) {
    boolean first = length() == 0;
    return generate(engine.model().tokenizer().encode(prompt, first, true), request, GenerationListener.NONE);
  }

  /** Appends tokens and computes their keys and values; waits until that is done. */
  public void append(int... ids) {
    generate(ids, GenerationRequest.defaults().withMaxTokens(0).withAdapter(adapter()), GenerationListener.NONE).get();
  }

  /** What its tokens are computed with, or null. A request with another adapter computes all of them anew. */
  public @Nullable Adapter adapter() {
    engine.lock().lock();
    try {
      return tokens.adapter();
    } finally {
      engine.lock().unlock();
    }
  }

  /** Another sequence with the same tokens. It shares the pages of this one; each page is copied when either writes to it. */
  public Sequence fork() {
    engine.lock().lock();
    try {
      requireIdle();
      CachedSequence other = tokens.fork();
      engine.scheduler().idle(other);
      return engine.open(other);
    } finally {
      engine.lock().unlock();
    }
  }

  /** Forgets all but the first {@code count} tokens. */
  public void rewind(int count) {
    engine.lock().lock();
    try {
      requireIdle();
      if (count < 0 || count > tokens.length()) {
        throw new IllegalArgumentException("cannot go back to " + count + " tokens, there are " + tokens.length());
      }
      tokens.truncate(count);
    } finally {
      engine.lock().unlock();
    }
  }

  /**
   * Changes tokens in the midst of the sequence, and waits until it can go on. When waiting fails, as it does when the request gets no turn in
   * time, the edit stands all the same, a redaction too: what is missing is computed with the next request.
   *
   * @throws IllegalStateException while a request runs on this sequence
   * @throws ContextFullException when what comes does not fit
   */
  public EditReport edit(Edit edit) {
    engine.requireIds(edit.replacement());
    long began = System.nanoTime();
    Editing editing = engine.perform(() -> begin(edit));
    editing.answer.get();
    return new EditReport(
        editing.mode, edit.to() - edit.from(), edit.replacement().length, editing.shifted, editing.computed, (System.nanoTime() - began) * 1e-9,
        editing.elsewhere);
  }

  private record Editing(Edit.Mode mode, int shifted, int computed, int elsewhere, Answer answer) {}

  /** On the engine's thread. */
  private Editing begin(Edit edit) {
    requireIdle();
    if (edit.to() > tokens.length()) {
      throw new IllegalArgumentException("an edit of tokens [" + edit.from() + ", " + edit.to() + "): the sequence has " + tokens.length());
    }
    if (tokens.length() + edit.delta() > engine.context()) {
      throw new ContextFullException(tokens.length(), edit.delta(), engine.context());
    }
    // From here on nothing is refused: an edit is made wholly or not at all.
    engine.scheduler().requireRoom();
    engine.scheduler().busy(tokens);
    Edit.Mode mode = mode(edit);
    int shifted = 0;
    int elsewhere = 0;
    if (mode != Edit.Mode.EXACT) {
      shifted = tokens.shift(edit);
    } else if (edit.redact()) {
      tokens.redact(edit);
      tokens.replace(edit);
      engine.scheduler().rebuilds().settle();
      engine.cache().clearFree();
      elsewhere = engine.cache().secrets();
    } else {
      tokens.replace(edit);
    }
    engine.scheduler().idle(tokens);
    int computed = tokens.pending();
    GenerationRequest compute = GenerationRequest.defaults().withMaxTokens(0).withAdapter(tokens.adapter());
    running = engine.start(tokens, this, new int[0], compute, GenerationListener.NONE, null);
    if (mode == Edit.Mode.SHIFTED_THEN_EXACT) {
      rebuilding = engine.rebuild(tokens);
    }
    return new Editing(mode, shifted, computed, elsewhere, running);
  }

  /** What can be done, and is wanted. */
  private Edit.Mode mode(Edit edit) {
    int rest = tokens.computedAfter(edit);
    boolean few = edit.mode() == Edit.Mode.AUTOMATIC && rest <= Edit.EXACT_LIMIT;
    if (edit.mode() == Edit.Mode.EXACT || few || rest <= edit.repair() || tokens.rotations() >= MAX_ROTATIONS) {
      return Edit.Mode.EXACT;
    }
    if (!engine.scheduler().free(tokens.missingForShift(edit))) {
      return Edit.Mode.EXACT;
    }
    return edit.mode() == Edit.Mode.SHIFTED ? Edit.Mode.SHIFTED : Edit.Mode.SHIFTED_THEN_EXACT;
  }

  /** Whether keys and values of this sequence come from a shift: its log-probabilities differ from those of a fresh one. */
  public boolean approximate() {
    engine.lock().lock();
    try {
      return tokens.approximateFrom() != Integer.MAX_VALUE;
    } finally {
      engine.lock().unlock();
    }
  }

  /** Waits until the exact keys and values are in place of shifted ones; requests may run meanwhile. */
  public void awaitExact() {
    while (approximate()) {
      Answer rebuild =
          engine.perform(
              () -> {
                if (rebuilding == null || rebuilding.done()) {
                  rebuilding = engine.rebuild(tokens);
                }
                return rebuilding;
              });
      rebuild.get();
    }
  }

  /**
   * Measures how far this sequence is from a fresh one with the same tokens, which is computed for that.
   *
   * @param count tokens to compare, 64 in most reports
   */
  public Drift drift(int count) {
    DriftProbe exact = new DriftProbe(count, null);
    DriftProbe edited = new DriftProbe(count, exact);
    CachedSequence copy;
    Answer fresh;
    engine.lock().lock();
    try {
      requireIdle();
      if (count < 1 || tokens.length() == 0 || tokens.length() + count > engine.context()) {
        throw new IllegalArgumentException(
            "drift over " + count + " tokens: expected 1 to " + (engine.context() - tokens.length()) + ", which fit after " + tokens.length());
      }
      // This one's pages cannot be taken while the other is computed: that would make it exact.
      int pages = (tokens.length() + count) / KvCache.PAGE_TOKENS + 2;
      if (2L * pages > engine.cache().pool().pages()) {
        throw new IllegalStateException(
            "measuring drift takes two copies of the sequence, " + 2 * pages + " pages; the cache has " + engine.cache().pool().pages());
      }
      fresh = engine.start(tokens.exactPart(), null, new int[0], drawing(count), GenerationListener.NONE, exact);
      copy = tokens.fork();
    } finally {
      engine.lock().unlock();
    }
    Answer shifted = null;
    try {
      fresh.get();
    } finally {
      engine.lock().lock();
      try {
        if (exact.full()) {
          engine.requireOpen();
          shifted = engine.start(copy, null, new int[0], drawing(count), GenerationListener.NONE, edited);
        }
      } finally {
        if (shifted == null) {
          copy.drop();
        }
        engine.lock().unlock();
      }
    }
    shifted.get();
    return edited.drift();
  }

  private GenerationRequest drawing(int count) {
    return GenerationRequest.defaults().withMaxTokens(count).withAdapter(tokens.adapter());
  }

  public int length() {
    engine.lock().lock();
    try {
      return tokens.length();
    } finally {
      engine.lock().unlock();
    }
  }

  /** The tokens so far, a copy. */
  public int[] ids() {
    engine.lock().lock();
    try {
      return tokens.ids();
    } finally {
      engine.lock().unlock();
    }
  }

  /** For the lock's holder. */
  private void requireIdle() {
    engine.requireOpen();
    if (closed) {
      throw new IllegalStateException("this sequence has been closed");
    }
    if (running != null) {
      throw new IllegalStateException("a request runs on this sequence: wait for its answer or cancel it, or fork the sequence before");
    }
  }

  /** Its request has ended. Returns whether the sequence lives on. */
  boolean ended() {
    running = null;
    return !closed;
  }

  /** Gives the pages back. A running request is cancelled. */
  @Override
  public void close() {
    Answer cancelled;
    engine.lock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      boolean open = engine.closed(this);
      cancelled = running;
      if (cancelled == null && open) {
        engine.scheduler().forget(tokens);
      }
    } finally {
      engine.lock().unlock();
    }
    if (cancelled != null) {
      cancelled.cancel();
    }
  }
}
