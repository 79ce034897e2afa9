package dev.wootz.engine;

import dev.wootz.engine.RefusedException.Reason;
import dev.wootz.engine.cache.PagedCache;
import dev.wootz.kernel.Backend;
import dev.wootz.model.Decoder;
import dev.wootz.model.KvCache;
import dev.wootz.model.Step;
import dev.wootz.model.Weights;
import dev.wootz.model.Workspace;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Computes many requests at once, from any number of threads.
 *
 * <pre>{@code
 * try (Model model = Model.load(path); Engine engine = model.engine()) {
 *   List<Answer> answers = prompts.stream().map(engine::submit).toList();
 *   answers.forEach(answer -> System.out.println(answer.get().text()));
 * }
 * }</pre>
 *
 * <p>Each step computes a token of every request that has its prompt, and pieces of the prompts of others. A request gets the same tokens
 * and log-probabilities, bit for bit, as it would alone: whatever else is in the batch, however its prompt is cut, and whether keys and values
 * of its beginning were found from an earlier request. When memory for keys and values runs short, requests wait; when too many wait, or one
 * waits too long, it is refused with a {@link RefusedException}; what runs is not lost.
 *
 * <p>A {@link #sequence} keeps its tokens between requests, can be forked, gone back in, and edited.
 */
public final class Engine implements AutoCloseable {
  /** How long a request may be overdue before anyone notices, while nothing is computed. */
  private static final long IDLE_MILLIS = 20;

  private final Model model;
  private final int contextTokens;
  private final Backend backend;
  private final Workspace workspace;
  private final PagedCache cache;
  private final Step step;
  private final Decoder decoder;
  private final Scheduler scheduler;
  private final ExecutorService listeners;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Queue<FutureTask<?>> tasks = new ArrayDeque<>();
  private final Set<Sequence> sequences = new HashSet<>();
  private boolean closing;
  private @Nullable RuntimeException breakdown;

  Engine(Model model, Weights weights, EngineOptions options) {
    this.model = model;
    LoadOptions load = model.options();
    long pages = CacheSize.pages(model.config(), model.backend(), model.cacheType(), model.contextTokens(), options);
    int cachePages = (int) Math.min(Integer.MAX_VALUE, pages);
    // A page more than a request's own: the one that is copied while another still holds it.
    contextTokens = (int) Math.min(model.contextTokens(), Math.max(0, pages - 1) * KvCache.PAGE_TOKENS);
    if (contextTokens < 1) {
      throw new IllegalArgumentException(
          "a cache of " + options.cacheTokens() + " tokens: expected at least " + 2 * KvCache.PAGE_TOKENS + ", two pages");
    }
    int stepTokens = Math.max(load.chunkTokens(), options.sequences());
    int tablePages = contextTokens / KvCache.PAGE_TOKENS + 1;
    try (Opening opening = new Opening()) {
      backend = opening.add(model.backend().fork());
      workspace = opening.add(new Workspace(weights.config(), backend, stepTokens, options.sequences(), contextTokens));
      cache = opening.add(new PagedCache(new KvCache(weights.config(), backend, model.cacheType(), cachePages)));
      step = opening.add(new Step(backend, stepTokens, options.sequences(), options.sequences(), tablePages));
      decoder = opening.add(new Decoder(weights, workspace, cache.cache(), backend));
      decoder.requireHead();
      opening.done();
    }
    scheduler = new Scheduler(model, options, cache, step, stepTokens, decoder);
    listeners =
        Executors.newCachedThreadPool(
            runnable -> {
              Thread listener = new Thread(runnable, "wootz-listener");
              listener.setDaemon(true);
              return listener;
            });
    thread = new Thread(this::loop, "wootz-engine");
    thread.setDaemon(true);
    thread.start();
  }

  /** Continues a text, greedily; see {@link GenerationRequest#defaults}. */
  public Answer submit(String prompt) {
    return submit(prompt, GenerationRequest.defaults());
  }

  public Answer submit(String prompt, GenerationRequest request) {
    return submit(prompt, request, GenerationListener.NONE);
  }

  public Answer submit(String prompt, GenerationRequest request, GenerationListener listener) {
    return submit(model.tokenizer().encode(prompt, true, true), request, listener);
  }

  /**
   * Takes a request on and returns at once.
   *
   * @param prompt token ids, at least one
   * @param listener hears text and tokens on threads of the engine, one call at a time; while it is slow, its own request pauses, and no other.
   *     {@link GenerationListener#cancelled} is asked on the engine's thread and must return at once
   * @throws RefusedException when too many requests wait
   * @throws ContextFullException when the prompt is longer than the context
   */
  public Answer submit(int[] prompt, GenerationRequest request, GenerationListener listener) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: at least one token is needed to begin with");
    }
    requireIds(prompt);
    prepare(request);
    lock.lock();
    try {
      requireOpen();
      CachedSequence sequence = new CachedSequence(cache);
      return start(sequence, null, prompt, request, listener, null);
    } finally {
      lock.unlock();
    }
  }

  /** A new sequence, without tokens. */
  public Sequence sequence() {
    lock.lock();
    try {
      requireOpen();
      return open(new CachedSequence(cache));
    } finally {
      lock.unlock();
    }
  }

  Sequence open(CachedSequence tokens) {
    Sequence sequence = new Sequence(this, tokens);
    sequences.add(sequence);
    return sequence;
  }

  /** For the lock's holder. @param choice what becomes of the logits; null: the request says it */
  Answer start(CachedSequence sequence, @Nullable Sequence owner, int[] prompt, GenerationRequest request, GenerationListener listener,
      @Nullable TokenChoice choice) {
    if (sequence.length() + prompt.length > contextTokens) {
      throw new ContextFullException(sequence.length(), prompt.length, contextTokens);
    }
    scheduler.requireRoom();
    Answer answer = new Answer(this::wake);
    sequence.append(prompt);
    int room = Math.min(request.maxTokens(), contextTokens - sequence.length());
    Run run = new Run(sequence, request, answer, new Delivery(listener, listeners, this::wake), owner, prompt.length, room);
    run.state = choice;
    scheduler.submit(run);
    sequence.under(request.adapter() == null ? CachedSequence.NO_ADAPTER : request.adapter());
    if (room > 0) {
      // Logits come from computing the last token.
      sequence.forget(sequence.length() - 1);
    }
    work.signal();
    return answer;
  }

  /** Computes a sequence anew while there is time; for the lock's holder. */
  Answer rebuild(CachedSequence sequence) {
    Answer answer = new Answer(this::wake);
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(0);
    Run run = new Run(sequence.follower(), request, answer, new Delivery(GenerationListener.NONE, listeners, this::wake), null, 0, 0);
    run.rebuilds = sequence;
    run.version = sequence.version();
    scheduler.rebuilds().add(run);
    work.signal();
    return answer;
  }

  /** What the engine holds and has done. */
  public EngineFigures figures() {
    lock.lock();
    try {
      EngineCounts c = scheduler.counts;
      return new EngineFigures(
          cache.pool().pages(), cache.pool().free(), cache.prefixes().size(), scheduler.running(), scheduler.waiting(), sequences.size(), c.submitted,
          c.completed, c.cancelled, c.refused, c.failed, c.preempted, c.steps, c.computedTokens, c.generatedTokens, c.prefixTokens,
          cache.prefixes().evictions(), cache.copies(), scheduler.rebuilds().done());
    } finally {
      lock.unlock();
    }
  }

  /** Forgets all prefixes that were kept of finished requests. */
  public void forgetPrefixes() {
    perform(
        () -> {
          cache.prefixes().clear();
          return null;
        });
  }

  public Model model() {
    return model;
  }

  /** The longest sequence. */
  public int context() {
    return contextTokens;
  }

  /** Runs between two steps, on the engine's thread and under its lock, and waits for it. */
  <T> T perform(Callable<T> action) {
    FutureTask<T> task = new FutureTask<>(action);
    lock.lock();
    try {
      requireOpen();
      tasks.add(task);
      work.signal();
    } finally {
      lock.unlock();
    }
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the engine", e);
    } catch (CancellationException e) {
      throw new RefusedException(Reason.CLOSED, "the engine was closed");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException exception) {
        throw exception;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void loop() {
    RuntimeException end = new RefusedException(Reason.CLOSED, "the engine was closed before the request was done");
    try {
      boolean open = true;
      while (open) {
        open = step();
      }
    } catch (Throwable e) {
      // Not to happen; but nobody shall wait for a thread that is gone.
      end = new IllegalStateException("the engine broke down: " + e, e);
    }
    lock.lock();
    try {
      if (!closing) {
        breakdown = end;
      }
      tasks.forEach(task -> task.cancel(false));
      scheduler.fail(end);
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether to go on. */
  private boolean step() {
    lock.lock();
    try {
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
      scheduler.expire();
      if (closing) {
        return false;
      }
      if (!scheduler.plan()) {
        rest();
        return true;
      }
    } finally {
      lock.unlock();
    }
    Throwable failure = null;
    try {
      scheduler.compute();
    } catch (Throwable e) {
      failure = e;
    }
    lock.lock();
    try {
      scheduler.settle(failure);
    } finally {
      lock.unlock();
    }
    return true;
  }

  private void rest() {
    try {
      if (scheduler.idle()) {
        work.await();
      } else {
        work.await(IDLE_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but by mistake; it ends when the engine is closed.
    }
  }

  private void wake() {
    lock.lock();
    try {
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** For the lock's holder. */
  void requireOpen() {
    if (breakdown != null) {
      throw breakdown;
    }
    if (closing) {
      throw new IllegalStateException("this engine has been closed");
    }
  }

  /** What takes long and is the caller's to wait for. */
  void prepare(GenerationRequest request) {
    model.requireUsable(request.adapter());
    if (request.constraint() != null) {
      model.tokenTrie();
    }
  }

  void requireIds(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= model.config().vocabulary()) {
        throw new IllegalArgumentException("token id " + id + ": expected 0 to " + (model.config().vocabulary() - 1) + ", the model's vocabulary");
      }
    }
  }

  ReentrantLock lock() {
    return lock;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  PagedCache cache() {
    return cache;
  }

  /** For the lock's holder. Returns whether the engine is still open, so that the sequence has pages to give back. */
  boolean closed(Sequence sequence) {
    sequences.remove(sequence);
    return !closing;
  }

  /** Ends all requests with a {@link RefusedException}, waits for the present step, and frees the cache. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closing) {
        return;
      }
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    listeners.shutdown();
    decoder.close();
    step.close();
    cache.close();
    workspace.close();
    backend.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
