package dev.wootz.engine;

import org.jspecify.annotations.Nullable;

/**
 * Tokens in an {@link Engine} that stay between requests. One request at a time runs on a sequence; several sequences run at the same time.
 *
 * <p>An idle sequence holds pages of the cache as long as nobody needs them; what was taken is computed again when it goes on. Safe from any
 * number of threads.
 */
public final class Sequence implements AutoCloseable {
  private final Engine engine;

  /** These are guarded by the engine's lock. */
  private final CachedSequence tokens;

  private @Nullable Answer running;
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
    engine.lock().lock();
    try {
      requireIdle();
      if (tokens.length() + prompt.length == 0) {
        throw new IllegalArgumentException("the sequence and the prompt are empty: at least one token is needed to begin with");
      }
      running = engine.start(tokens, this, prompt, request, listener);
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
    generate(ids, GenerationRequest.defaults().withMaxTokens(0), GenerationListener.NONE).get();
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
      engine.closed(this);
      cancelled = running;
      if (cancelled == null) {
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
