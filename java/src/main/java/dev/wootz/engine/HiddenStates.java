package dev.wootz.engine;

import dev.wootz.kernel.Backend;
import dev.wootz.model.Decoder;
import dev.wootz.model.KvCache;
import dev.wootz.model.ModelConfig;
import dev.wootz.model.Step;
import dev.wootz.model.Weights;
import dev.wootz.model.Workspace;
import dev.wootz.tensor.Tensor;
import java.util.List;

/**
 * Computes the final hidden states of many token sequences, as many together as a step has room for: a sequence that the step cannot hold to
 * its end goes on in the next one. Each sequence's bits are those that it has alone.
 */
final class HiddenStates implements AutoCloseable {
  private static final int PAGE = KvCache.PAGE_TOKENS;

  /** Sequences of a step: short texts would otherwise need a page of the cache for each of its tokens. */
  private static final int MOST_SEQUENCES = 64;

  private final int capacity;
  private final int stepTokens;
  private final Backend backend;
  private final Workspace workspace;
  private final KvCache cache;
  private final Step step;
  private final Decoder decoder;

  /** Pages that no sequence has: the first {@code freeCount}. */
  private final int[] free;

  private int freeCount;

  /** What the rows of the step belong to. */
  private final int[] rowSequence;

  private final int[] rowPosition;

  /** Sees the states of one position. */
  @FunctionalInterface
  interface RowListener {
    /**
     * @param sequence its place in the list
     * @param states f32 [at least row + 1, hidden]; valid during the call only
     */
    void row(int sequence, int position, Tensor states, int row);
  }

  /** @param capacity tokens of the longest sequence */
  HiddenStates(Model model, Weights weights, int capacity) {
    ModelConfig config = weights.config();
    this.capacity = capacity;
    stepTokens = model.options().chunkTokens();
    int sequences = Math.min(MOST_SEQUENCES, stepTokens);
    int pagesOfOne = pages(capacity);
    // One long sequence, and beside it what fills a step: whole pages of tokens, and a page begun for each sequence.
    free = new int[pagesOfOne + pages(stepTokens) + sequences];
    rowSequence = new int[stepTokens];
    rowPosition = new int[stepTokens];
    try (Opening opening = new Opening()) {
      backend = opening.add(model.backend().fork());
      workspace = opening.add(new Workspace(config, backend, stepTokens, 1, capacity));
      cache = opening.add(new KvCache(config, backend, model.cacheType(), free.length));
      step = opening.add(new Step(backend, stepTokens, sequences, stepTokens, pagesOfOne));
      decoder = opening.add(new Decoder(weights, workspace, cache, backend));
      opening.done();
    }
  }

  private static int pages(int tokens) {
    return (tokens + PAGE - 1) / PAGE;
  }

  int capacity() {
    return capacity;
  }

  /**
   * @param sequences of 1 to {@link #capacity} tokens each
   * @param pooling which positions the listener sees: those that it pools
   */
  void compute(List<int[]> sequences, Pooling pooling, RowListener listener) {
    freeCount = free.length;
    for (int i = 0; i < free.length; i++) {
      free[i] = free.length - 1 - i;
    }
    int[][] tables = new int[sequences.size()][];
    int next = 0;
    int computed = 0; // tokens of sequence next
    while (next < sequences.size()) {
      step.clear();
      int first = next;
      int begun = 0;
      while (next < sequences.size() && step.tokens() < stepTokens && begun < Math.min(MOST_SEQUENCES, stepTokens)) {
        int[] ids = sequences.get(next);
        if (computed == 0 && pages(ids.length) > freeCount) {
          break; // the next step has more free pages; an empty one has enough for any sequence
        }
        if (computed == 0) {
          tables[next] = take(pages(ids.length));
        }
        int end = Math.min(ids.length, computed + stepTokens - step.tokens());
        add(next, ids, computed, end, tables[next], pooling);
        begun++;
        if (end < ids.length) {
          computed = end;
          break;
        }
        computed = 0;
        next++;
      }
      Tensor states = decoder.hiddenStates(step);
      for (int row = 0; row < step.rowCount(); row++) {
        listener.row(rowSequence[row], rowPosition[row], states, row);
      }
      for (int done = first; done < next; done++) {
        giveBack(tables[done]);
        tables[done] = null;
      }
    }
  }

  private void add(int sequence, int[] ids, int from, int end, int[] table, Pooling pooling) {
    step.sequence(table, pages(end));
    for (int i = from; i < end; i++) {
      step.token(ids[i], i);
      if (i >= pooling.from(ids.length) && i < pooling.to(ids.length)) {
        int row = step.logits();
        rowSequence[row] = sequence;
        rowPosition[row] = i;
      }
    }
  }

  private int[] take(int count) {
    int[] taken = new int[count];
    for (int i = 0; i < count; i++) {
      taken[i] = free[--freeCount];
    }
    return taken;
  }

  private void giveBack(int[] table) {
    for (int page : table) {
      free[freeCount++] = page;
    }
  }

  @Override
  public void close() {
    decoder.close();
    step.close();
    cache.close();
    workspace.close();
    backend.close();
  }
}
