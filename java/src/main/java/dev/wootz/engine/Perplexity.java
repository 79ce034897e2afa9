package dev.wootz.engine;

import dev.wootz.kernel.Backend;
import dev.wootz.model.lora.Adapter;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How well a model predicts a text: the mean negative log-likelihood of its tokens, in windows that know nothing of each other.
 *
 * <pre>NLL = -1/N sum log p(token | the tokens before it in its window),  perplexity = exp(NLL)</pre>
 */
public final class Perplexity {
  private Perplexity() {}

  /**
   * @param tokens scored
   * @param nll mean negative log-likelihood per token, in nats
   * @param standardError of nll, tokens taken as independent
   */
  public record Result(int windows, long tokens, double nll, double standardError) {
    public double perplexity() {
      return Math.exp(nll);
    }
  }

  /** Follows the computation. */
  @FunctionalInterface
  public interface Progress {
    void window(int done, int total, double nllSoFar);
  }

  /**
   * @param window tokens of one window, the prefix not counted; a last window that is not full is left out, unless it is the only one
   * @param windows at most so many
   * @param prefix a token before each window, -1 for none: then a window's first token is not scored
   */
  public static Result of(Model model, int[] ids, int window, int windows, int prefix, Progress progress) {
    return of(model, null, ids, window, windows, prefix, progress);
  }

  /** The same for the model with an adapter, or null. */
  public static Result of(Model model, @Nullable Adapter adapter, int[] ids, int window, int windows, int prefix, Progress progress) {
    int count = Math.min(windows, Math.max(ids.length / window, ids.length == 0 ? 0 : 1));
    double sum = 0;
    double squares = 0;
    long tokens = 0;
    try (Session session = model.session();
        Memory memory = Memory.allocate(2 * Float.BYTES)) {
      session.under(adapter);
      Scorer scorer = new Scorer(session.backend(), memory, model.config().vocabulary());
      for (int w = 0; w < count; w++) {
        int from = w * window;
        int length = Math.min(window, ids.length - from);
        int[] sequence = new int[length + (prefix >= 0 ? 1 : 0)];
        if (prefix >= 0) {
          sequence[0] = prefix;
        }
        System.arraycopy(ids, from, sequence, sequence.length - length, length);
        session.rewind(0);
        double[] sums = new double[2];
        session.score(
            sequence,
            (position, logits, row) -> {
              if (position + 1 < sequence.length) {
                double nll = -scorer.logprob(logits, row, sequence[position + 1]);
                sums[0] += nll;
                sums[1] += nll * nll;
              }
            });
        sum += sums[0];
        squares += sums[1];
        tokens += sequence.length - 1;
        progress.window(w + 1, count, sum / Math.max(1, tokens));
      }
    }
    double nll = sum / tokens;
    double variance = Math.max(0, squares / tokens - nll * nll);
    return new Result(count, tokens, nll, Math.sqrt(variance / tokens));
  }

  /** The log-probability of one token at a time. */
  private static final class Scorer {
    private final Backend backend;
    private final Tensor id;
    private final Tensor logprob;
    private final ByteBuffer idBytes;
    private final ByteBuffer logprobBytes;
    private final int vocabulary;

    Scorer(Backend backend, Memory memory, int vocabulary) {
      this.backend = backend;
      this.vocabulary = vocabulary;
      id = new Tensor(memory, 0, DType.I32, Shape.of(1));
      logprob = new Tensor(memory, Float.BYTES, DType.F32, Shape.of(1));
      idBytes = id.buffer();
      logprobBytes = logprob.buffer();
    }

    double logprob(Tensor logits, int row, int token) {
      idBytes.putInt(0, token);
      backend.sampling().logprobs(logprob, logits.flat((long) row * vocabulary, vocabulary), id, 1, backend.pool());
      return logprobBytes.getFloat(0);
    }
  }
}
