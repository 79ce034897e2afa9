package dev.wootz.engine;

import dev.wootz.kernel.Backend;
import dev.wootz.model.Decoder;
import dev.wootz.model.KvCache;
import dev.wootz.model.ModelConfig;
import dev.wootz.model.Step;
import dev.wootz.model.Weights;
import dev.wootz.model.Workspace;
import dev.wootz.tensor.DType;
import java.util.SplittableRandom;

/**
 * How many tokens a second a model computes, for prompts and for one token of each of several sequences at a time. Tokens are random: speed does
 * not depend on them, but for the experts that they are routed to.
 */
public final class Throughput implements AutoCloseable {
  private final int batch;
  private final int context;
  private final int pagesEach;
  private final Backend backend;
  private final Workspace workspace;
  private final KvCache cache;
  private final Step step;
  private final Decoder decoder;
  private final int[][] pages;
  private final int[] ids;

  Throughput(Weights weights, Backend model, DType cacheType, int chunk, int batch, int context) {
    ModelConfig config = weights.config();
    this.batch = batch;
    this.context = context;
    pagesEach = (context + KvCache.PAGE_TOKENS - 1) / KvCache.PAGE_TOKENS;
    int tokens = Math.max(Math.min(chunk, context), batch);
    try (Opening opening = new Opening()) {
      backend = opening.add(model.fork());
      workspace = opening.add(new Workspace(config, backend, tokens, batch, context));
      cache = opening.add(new KvCache(config, backend, cacheType, Math.multiplyExact(batch, pagesEach)));
      step = opening.add(new Step(backend, tokens, batch, batch, pagesEach));
      decoder = opening.add(new Decoder(weights, workspace, cache, backend));
      opening.done();
    }
    pages = new int[batch][pagesEach];
    SplittableRandom random = new SplittableRandom(1);
    ids = random.ints(context, 0, config.vocabulary()).toArray();
    for (int s = 0; s < batch; s++) {
      for (int i = 0; i < pagesEach; i++) {
        pages[s][i] = s * pagesEach + i;
      }
    }
  }

  /** Computes tokens {@code [from, to)} of every sequence, one sequence after the other, in chunks; returns seconds. */
  public double prefill(int from, int to) {
    require(from, to);
    long began = System.nanoTime();
    for (int s = 0; s < batch; s++) {
      for (int at = from; at < to; at += workspace.maxTokens) {
        int end = Math.min(to, at + workspace.maxTokens);
        step.clear();
        begin(s, end);
        for (int i = at; i < end; i++) {
          step.token(ids[i], i);
        }
        if (end == to) {
          step.logits();
        }
        decoder.forward(step);
      }
    }
    backend.stream().synchronize();
    return (System.nanoTime() - began) * 1e-9;
  }

  /** Computes tokens {@code [from, to)} of all sequences, one of each at a time; returns seconds. */
  public double decode(int from, int to) {
    require(from, to);
    long began = System.nanoTime();
    for (int i = from; i < to; i++) {
      step.clear();
      for (int s = 0; s < batch; s++) {
        begin(s, i + 1);
        step.token(ids[i], i);
        step.logits();
      }
      decoder.forward(step);
      // The host needs the logits of each step to know the next token.
      backend.stream().synchronize();
    }
    return (System.nanoTime() - began) * 1e-9;
  }

  private void begin(int sequence, int positions) {
    step.sequence(pages[sequence], (positions + KvCache.PAGE_TOKENS - 1) / KvCache.PAGE_TOKENS);
  }

  private void require(int from, int to) {
    if (from < 0 || to < from || to > context) {
      throw new IllegalArgumentException("tokens [" + from + ", " + to + ") of a context of " + context);
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
