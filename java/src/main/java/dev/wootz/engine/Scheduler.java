package dev.wootz.engine;

import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.RefusedException.Reason;
import dev.wootz.engine.cache.PagedCache;
import dev.wootz.model.Decoder;
import dev.wootz.model.KvCache;
import dev.wootz.model.Step;
import dev.wootz.model.lora.AdapterClosedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of which requests the next step computes (continuous batching: Yu et al., Orca, 2022; chunked prefill: Agrawal et al.,
 * Sarathi-Serve, 2024).
 *
 * <pre>
 *   1. one token of every running request that has all others
 *   2. of what the step has room for: prompts of running requests, in the order of their arrival
 *   3. then waiting requests, in the same order, as long as there are pages for their prompts
 * </pre>
 *
 * A running request that needs a page takes, in this order: free ones, kept prefixes, those of idle sequences, those of a request that came
 * after it. Who loses pages computes them again later: the same bits, as no token's depend on how the text was cut into steps. So the oldest
 * request always goes on, and nothing that runs is lost.
 *
 * <p>One class, long as it is: all of it changes the same lists. For the engine's thread, or under its lock, but for {@link #compute}, which is for the engine's thread without it.
 */
final class Scheduler {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  private final Model model;
  private final EngineOptions options;
  private final PagedCache cache;
  private final Step step;
  private final int stepTokens;
  private final Decoder decoder;

  /** In the order of arrival. */
  private final Deque<Run> waiting = new ArrayDeque<>();

  private final List<Run> running = new ArrayList<>();
  private final List<Run> planned = new ArrayList<>();

  private final Rebuilds rebuilds = new Rebuilds();

  /** Sequences that are not running, the one idle for the longest time first; those of waiting requests are among them. */
  private final Set<CachedSequence> idle = new LinkedHashSet<>();

  final EngineCounts counts = new EngineCounts();

  Scheduler(Model model, EngineOptions options, PagedCache cache, Step step, int stepTokens, Decoder decoder) {
    this.model = model;
    this.options = options;
    this.cache = cache;
    this.step = step;
    this.stepTokens = stepTokens;
    this.decoder = decoder;
  }

  int waiting() {
    return waiting.size();
  }

  int running() {
    return running.size();
  }

  /** Whether there is nothing to do until somebody asks for something. */
  boolean idle() {
    return running.isEmpty() && waiting.isEmpty() && rebuilds.isEmpty();
  }

  Rebuilds rebuilds() {
    return rebuilds;
  }

  /** Throws {@link RefusedException} when the queue is full. */
  void requireRoom() {
    if (waiting.size() >= options.queue() && running.size() + waiting.size() >= options.queue() + options.sequences()) {
      counts.refused++;
      throw new RefusedException(
          Reason.QUEUE_FULL,
          running.size() + " requests are running and " + waiting.size() + " wait, which is as many as may (" + options.queue()
              + "): try again later, or give the engine a longer queue");
    }
  }

  /** Takes a request on, for which there must be room. */
  void submit(Run run) {
    counts.submitted++;
    // A sequence stays idle until its turn comes: pages that waiting requests kept for themselves could be those without which nobody goes on.
    waiting.add(run);
  }

  /** A sequence that nobody runs now: its pages may be taken from it. */
  void idle(CachedSequence sequence) {
    idle.add(sequence);
  }

  void forget(CachedSequence sequence) {
    idle.remove(sequence);
    sequence.drop();
  }

  /** Ends requests that were cancelled, are out of time, or have waited too long. */
  void expire() {
    long now = System.nanoTime();
    for (Iterator<Run> runs = waiting.iterator(); runs.hasNext(); ) {
      Run run = runs.next();
      Duration waited = Duration.ofNanos(now - run.submitted);
      // A request that was running before is not refused any more.
      if (!run.admitted && waited.compareTo(options.longestWait()) > 0) {
        runs.remove();
        counts.refused++;
        end(run, null, new RefusedException(Reason.WAITED_TOO_LONG,
            "the request waited " + waited.toMillis() + " ms for its turn, the engine's longest wait is " + options.longestWait().toMillis() + " ms"));
      } else if (endsEarly(run, now)) {
        runs.remove();
      }
    }
    running.removeIf(run -> endsEarly(run, now));
    rebuilds.settle();
  }

  private boolean endsEarly(Run run, long now) {
    RuntimeException failure = run.delivery.failure() != null ? run.delivery.failure() : run.closedAdapter();
    try {
      if (failure == null && (run.answer.cancelled() || run.delivery.cancelled())) {
        counts.cancelled++;
        end(run, FinishReason.CANCELLED, null);
        return true;
      }
    } catch (RuntimeException e) {
      failure = e;
    }
    if (failure != null) {
      counts.failed++;
      end(run, null, failure);
      return true;
    }
    if (run.room == 0 && run.sequence.pending() == 0) {
      end(run, FinishReason.LENGTH, null);
      return true;
    }
    if (run.deadline.over(now)) {
      end(run, FinishReason.TIMEOUT, null);
      return true;
    }
    return false;
  }

  /** Fills the step. Returns whether there is something to compute. */
  boolean plan() {
    step.clear();
    planned.clear();
    int left = stepTokens;
    // By index: a request may take the pages of those behind it, which then leave the list.
    for (int i = 0; i < running.size() && left > 0; i++) {
      Run run = running.get(i);
      if (run.sequence.pending() == 1 && !run.delivery.paused()) {
        left -= add(run, 1);
      }
    }
    for (int i = 0; i < running.size() && left > 0; i++) {
      Run run = running.get(i);
      if (run.sequence.pending() > 1 && run.planned == 0 && !run.delivery.paused()) {
        left -= addPrompt(run, left);
      }
    }
    for (Run run = next(); left > 0 && run != null && running.size() < options.sequences() && admit(run); run = next()) {
      left -= addPrompt(run, left);
    }
    for (Run run : rebuilds.runs()) {
      if (left > 0 && run.sequence.pending() > 0 && planned.size() < options.sequences()) {
        left -= add(run, Math.min(run.sequence.pending(), left));
      }
    }
    if (planned.isEmpty() && running.isEmpty() && waiting.isEmpty() && !rebuilds.isEmpty()) {
      rebuilds.giveUp();
    }
    return !planned.isEmpty();
  }

  /** The request that waits for the longest time and can go on. */
  private @Nullable Run next() {
    for (Run run : waiting) {
      if (!run.delivery.paused()) {
        return run;
      }
    }
    return null;
  }

  /** Whether there are pages for the prompt; known ones are then in its table. */
  private boolean admit(Run run) {
    CachedSequence sequence = run.sequence;
    idle.remove(sequence);
    int found = options.keepPrefixes() ? sequence.find() : 0;
    while (!cache.free(sequence.table().missing(sequence.computed(), sequence.length()))) {
      if (rebuilds.release() || takeFromIdle()) {
        continue;
      }
      if (running.isEmpty()) {
        break; // nobody else holds pages either: the chunks of the prompt find some
      }
      release(sequence);
      return false;
    }
    counts.prefixTokens += found;
    waiting.remove(run);
    running.add(run);
    run.admitted = true;
    return true;
  }

  private int addPrompt(Run run, int left) {
    // Somebody who began alike may have come further by now.
    counts.prefixTokens += options.keepPrefixes() ? run.sequence.find() : 0;
    return add(run, Math.min(run.sequence.pending(), left));
  }

  /** Adds up to so many tokens to the step. Returns how many. */
  private int add(Run run, int tokens) {
    CachedSequence sequence = run.sequence;
    int from = sequence.computed();
    int count = fitting(run, tokens);
    if (count == 0) {
      return 0;
    }
    sequence.table().prepare(from, from + count);
    try {
      step.sequence(sequence.table().pages(), sequence.table().count(), sequence.adapter());
    } catch (AdapterClosedException e) {
      return 0; // it ends before the next step, see expire
    }
    for (int i = from; i < from + count; i++) {
      step.token(sequence.id(i), i);
    }
    if (sequence.reachesEnd(count) && run.room > 0) {
      run.row = step.logits();
    }
    run.planned = count;
    planned.add(run);
    return count;
  }

  /** How many of so many tokens find pages. */
  private int fitting(Run run, int tokens) {
    CachedSequence sequence = run.sequence;
    int count = tokens;
    while (count > 0 && !cache.free(sequence.table().missing(sequence.computed(), sequence.computed() + count))) {
      // A rebuild takes nothing from anybody.
      if (run.rebuilds != null || !rebuilds.release() && !takeFromIdle() && !takeFromRunning(run)) {
        count /= 2;
      }
    }
    return count;
  }

  /** For an edit: frees so many pages, but not at the cost of running requests. Returns whether it could. */
  boolean free(int pages) {
    while (!cache.free(pages)) {
      if (!rebuilds.release() && !takeFromIdle()) {
        return false;
      }
    }
    return true;
  }

  /** Takes a sequence out of those whose pages may be taken. */
  void busy(CachedSequence sequence) {
    idle.remove(sequence);
  }

  private boolean takeFromIdle() {
    Iterator<CachedSequence> sequences = idle.iterator();
    if (!sequences.hasNext()) {
      return false;
    }
    CachedSequence sequence = sequences.next();
    sequences.remove();
    release(sequence);
    return true;
  }

  /** Sends another request back to the queue: one that waits for its listener, else the youngest of those that came after this one. */
  private boolean takeFromRunning(Run run) {
    Run victim = null;
    boolean younger = true;
    for (int i = running.size() - 1; i >= 0; i--) {
      Run other = running.get(i);
      younger &= other != run;
      if (other != run && other.planned == 0 && (other.delivery.paused() || younger && victim == null)) {
        victim = other;
        if (other.delivery.paused()) {
          break;
        }
      }
    }
    if (victim == null) {
      return false;
    }
    running.remove(victim);
    release(victim.sequence);
    waiting.addFirst(victim);
    counts.preempted++;
    return true;
  }

  /** Gives the pages of a sequence back; what they hold is kept for as long as nobody else needs them. */
  private void release(CachedSequence sequence) {
    if (options.keepPrefixes()) {
      sequence.keep(true);
    }
    sequence.drop();
  }

  /** Computes the step and chooses tokens. */
  void compute() {
    decoder.forward(step);
    for (Run run : planned) {
      if (run.row >= 0) {
        run.logitsReady();
        try {
          if (run.state == null) {
            GenerationState state = new GenerationState(model, run.request, run.delivery, run.sequence.ids(), run.room);
            run.state = state;
            run.ended = state.endsBeforeFirst();
          }
          if (run.ended == null) {
            run.ended = run.state.next(decoder.logits(run.row));
          } else {
            run.row = -1; // no token is chosen
          }
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
          run.failure = e;
        }
      }
    }
  }

  /** Accounts for the step. @param failure of the whole step, or null */
  void settle(@Nullable Throwable failure) {
    counts.steps++;
    for (Run run : planned) {
      CachedSequence sequence = run.sequence;
      int pagesBefore = sequence.computed() / PAGE;
      if (failure == null) {
        sequence.advance(run.planned);
        counts.computedTokens += run.planned;
        if (options.keepPrefixes() && sequence.computed() / PAGE > pagesBefore) {
          sequence.keep(false);
        }
      }
      if (run.rebuilds != null) {
        run.planned = 0;
        rebuilds.settle(run, failure);
        continue;
      }
      Throwable cause = failure != null ? failure : run.failure;
      boolean chosen = run.row >= 0 && cause == null;
      run.planned = 0;
      run.row = -1;
      if (chosen) {
        sequence.append(run.state.last());
        counts.generatedTokens++;
      }
      if (cause != null) {
        running.remove(run);
        counts.failed++;
        end(run, null, cause);
      } else if (run.ended != null || run.room == 0 && sequence.pending() == 0) {
        running.remove(run);
        end(run, run.ended != null ? run.ended : FinishReason.LENGTH, null);
      }
    }
    planned.clear();
  }

  /** Ends all requests. */
  void fail(Throwable cause) {
    List<Run> all = new ArrayList<>(running);
    all.addAll(waiting);
    running.clear();
    waiting.clear();
    planned.clear();
    counts.failed += all.size();
    all.forEach(run -> end(run, null, cause));
    rebuilds.fail(cause);
  }

  private void end(Run run, @Nullable FinishReason reason, @Nullable Throwable cause) {
    Generation generation = cause == null ? run.result(reason) : null;
    CachedSequence sequence = run.sequence;
    if (run.owner == null) {
      release(sequence);
    } else {
      // What failed, or ended before it said anything, leaves the sequence as it was.
      if (cause != null || run.state == null && reason != FinishReason.LENGTH) {
        sequence.truncate(Math.min(run.before, sequence.length()));
      }
      if (run.owner.ended()) {
        idle.add(sequence);
      } else {
        forget(sequence);
      }
    }
    if (run.state != null) {
      run.state.close();
    }
    counts.completed += cause == null ? 1 : 0;
    run.delivery.last(() -> complete(run.answer, generation, cause));
  }

  private static void complete(Answer answer, @Nullable Generation generation, @Nullable Throwable cause) {
    if (cause != null) {
      answer.fail(cause);
    } else {
      answer.complete(generation);
    }
  }
}
