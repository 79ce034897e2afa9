package dev.wootz.engine;

import dev.wootz.model.KvCache;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Measures an {@link Engine}: so many sequences at a time, all with the same number of tokens but none in common.
 *
 * <pre>
 *   prefill: the prompts of all sequences, from the first submitted to the last computed
 *   decode:  so many tokens for each of them, from the first submitted to the last generated
 * </pre>
 */
public final class ParallelThroughput implements AutoCloseable {
  private final Engine engine;
  private final List<Sequence> sequences = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(1);

  /**
   * @param parallel sequences
   * @param depth tokens that each has before anything is measured
   * @param more tokens that each gets at most while it is
   */
  public ParallelThroughput(Model model, int parallel, int depth, int more) {
    long tokens = parallel * (depth + more + 2L * KvCache.PAGE_TOKENS);
    // Kept prefixes would make prompts shorter than they are meant to be.
    engine = model.engine(EngineOptions.defaults().withSequences(parallel).withCacheTokens(tokens).withKeepPrefixes(false));
    for (int i = 0; i < parallel; i++) {
      sequences.add(engine.sequence());
    }
    if (depth > 0) {
      run(depth, 0);
    }
  }

  /** Seconds for prompts of so many tokens. */
  public double prefill(int tokens) {
    return run(tokens, 0);
  }

  /** Seconds for generating so many tokens. */
  public double decode(int tokens) {
    // Logits of a sequence come from computing its last token, so one is appended.
    return run(1, tokens);
  }

  /** Forgets all but the first tokens of each sequence. */
  public void rewind(int tokens) {
    sequences.forEach(sequence -> sequence.rewind(tokens));
  }

  private double run(int prompt, int generate) {
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(generate).withIgnoreEnd(true);
    int vocabulary = engine.model().config().vocabulary();
    List<int[]> prompts = sequences.stream().map(sequence -> random.ints(prompt, 0, vocabulary).toArray()).toList();
    List<Answer> answers = new ArrayList<>();
    long began = System.nanoTime();
    for (int i = 0; i < sequences.size(); i++) {
      answers.add(sequences.get(i).generate(prompts.get(i), request, GenerationListener.NONE));
    }
    answers.forEach(Answer::get);
    return (System.nanoTime() - began) * 1e-9;
  }

  public EngineFigures figures() {
    return engine.figures();
  }

  @Override
  public void close() {
    engine.close();
  }
}
