package dev.wootz.engine;

import dev.wootz.kernel.Backend;
import dev.wootz.model.Decoder;
import dev.wootz.model.KvCache;
import dev.wootz.model.Probe;
import dev.wootz.model.Step;
import dev.wootz.model.Weights;
import dev.wootz.model.Workspace;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Tensor;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One sequence of tokens and its cache: append tokens, read the logits of the next, go back. Appending the same tokens in other portions gives
 * the same bits.
 *
 * <p>Not for more than one thread at a time; several sessions of a model may run on threads of their own.
 */
public final class Session implements AutoCloseable {
  /** Rows of logits that {@link #score} computes at once. */
  private static final int SCORE_ROWS = 32;

  private final Weights weights;
  private final Backend backend;
  private final int contextTokens;
  private final Workspace workspace;
  private final KvCache cache;
  private final Decoder decoder;
  private final Step step;
  private final int[] pages;
  private @Nullable Adapter adapter;
  private int[] ids;
  private int length;

  /** Whether the decoder's first row of logits is that of the token after the last. */
  private boolean logitsFollow;

  private boolean closed;

  Session(Weights weights, Backend model, LoadOptions options, DType cacheType, int contextTokens, Probe probe) {
    this.weights = weights;
    this.contextTokens = contextTokens;
    int pageCount = (contextTokens + KvCache.PAGE_TOKENS - 1) / KvCache.PAGE_TOKENS;
    int chunk = Math.min(options.chunkTokens(), contextTokens);
    int rows = Math.min(SCORE_ROWS, chunk);
    try (Opening opening = new Opening()) {
      backend = opening.add(model.fork());
      workspace = opening.add(new Workspace(weights.config(), backend, chunk, rows, contextTokens));
      cache = opening.add(new KvCache(weights.config(), backend, cacheType, pageCount));
      step = opening.add(new Step(backend, chunk, 1, rows, pageCount));
      decoder = opening.add(new Decoder(weights, workspace, cache, backend, probe));
      decoder.requireHead();
      opening.done();
    }
    pages = new int[pageCount];
    Arrays.setAll(pages, i -> i);
    ids = new int[Math.min(1024, contextTokens)];
  }

  /** Sees the logits of one position. */
  @FunctionalInterface
  public interface RowListener {
    /**
     * @param position of the token that the logits follow
     * @param logits f32 [rows, vocabulary]: {@code row} is the one meant; valid during the call only
     */
    void row(int position, Tensor logits, int row);
  }

  /**
   * Computes tokens with this adapter from now on; null: with the model alone. Keys and values of other adapters are of no use, so the session
   * must be empty unless it is under this adapter already.
   *
   * @throws IllegalStateException when there are tokens of another adapter
   * @throws AdapterClosedException when it has been closed
   */
  public void under(@Nullable Adapter which) {
    if (which != null) {
      which.requireFor(weights.targets());
      which.requireOpen();
    }
    if (which != adapter && length > 0) {
      throw new IllegalStateException(
          "this session has " + length + " tokens under " + named(adapter) + ", asked to go on under " + named(which)
              + ": expected the same, or a rewind(0) before");
    }
    adapter = which;
  }

  private static String named(@Nullable Adapter adapter) {
    return adapter == null ? "no adapter" : "the " + adapter;
  }

  /** What its tokens are computed with, or null. */
  public @Nullable Adapter adapter() {
    return adapter;
  }

  /** Tokens so far. */
  public int length() {
    return length;
  }

  /** The longest context. */
  public int context() {
    return contextTokens;
  }

  /** The tokens so far, a copy. */
  public int[] ids() {
    return Arrays.copyOf(ids, length);
  }

  /** Appends tokens and computes the logits that follow the last: see {@link #logits}. Throws {@link ContextFullException}. */
  public void append(int... tokens) {
    append(tokens, () -> false);
  }

  /**
   * @param cancelled asked between chunks; when it says so, {@link CancellationException} is thrown and the tokens computed so far stay
   */
  public void append(int[] tokens, BooleanSupplier cancelled) {
    compute(tokens, null, cancelled);
  }

  /** Appends tokens and shows the logits that follow each of them. */
  public void score(int[] tokens, RowListener listener) {
    compute(tokens, listener, () -> false);
  }

  private void compute(int[] tokens, @Nullable RowListener listener, BooleanSupplier cancelled) {
    reserve(tokens.length);
    int chunk = listener == null ? workspace.maxTokens : workspace.maxRows;
    for (int at = 0; at < tokens.length; at += chunk) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException();
      }
      int end = Math.min(tokens.length, at + chunk);
      begin(length + end - at);
      for (int i = at; i < end; i++) {
        step.token(tokens[i], length + i - at);
        if (listener != null || i == tokens.length - 1) {
          step.logits();
        }
      }
      logitsFollow = false;
      forward();
      System.arraycopy(tokens, at, ids, length, end - at);
      length += end - at;
      logitsFollow = listener == null && end == tokens.length;
      if (listener != null) {
        for (int i = at; i < end; i++) {
          listener.row(length - end + i, decoder.logits(), i - at);
        }
      }
    }
  }

  /** Appends one token; allocates nothing. */
  public void append(int token) {
    reserve(1);
    begin(length + 1);
    step.token(token, length);
    step.logits();
    logitsFollow = false;
    forward();
    ids[length++] = token;
    logitsFollow = true;
  }

  private void begin(int positions) {
    step.clear();
    step.sequence(pages, (positions + KvCache.PAGE_TOKENS - 1) / KvCache.PAGE_TOKENS, adapter);
  }

  /** Holds the adapter no longer than it takes. */
  private void forward() {
    try {
      decoder.forward(step);
    } finally {
      step.clear();
    }
  }

  private void reserve(int more) {
    if (closed) {
      throw new IllegalStateException("this session has been closed");
    }
    if (more > contextTokens - length) {
      throw new ContextFullException(length, more, contextTokens);
    }
    if (length + more > ids.length) {
      ids = Arrays.copyOf(ids, Math.min(contextTokens, Math.max(2 * ids.length, length + more)));
    }
  }

  /**
   * Logits of the token that follows, f32 [vocabulary]. Valid until the next append.
   *
   * <p>Throws {@link IllegalStateException} unless an append was the last thing that happened: not after {@link #rewind} or {@link #score}.
   */
  public Tensor logits() {
    if (!logitsFollow) {
      throw new IllegalStateException("there are no logits of a next token at " + length + " tokens: expected an append before");
    }
    return decoder.logits(0);
  }

  /** Forgets all but the first {@code tokens}; going back to the present length changes nothing. The next append computes logits anew. */
  public void rewind(int tokens) {
    if (tokens < 0 || tokens > length) {
      throw new IllegalArgumentException("cannot go back to " + tokens + " tokens, there are " + length);
    }
    logitsFollow &= tokens == length;
    length = tokens;
  }

  /** Where this session computes. */
  public Backend backend() {
    return backend;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      decoder.close();
      step.close();
      cache.close();
      workspace.close();
      backend.close();
    }
  }
}
