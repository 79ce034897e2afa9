package dev.wootz.engine;

import dev.wootz.format.FormatException;
import dev.wootz.format.FormatException.Reason;
import dev.wootz.format.GgufFile;
import dev.wootz.model.Weights;
import dev.wootz.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns texts into vectors whose directions tell how near the texts are in meaning.
 *
 * <pre>{@code
 * try (Embedder embedder = model.embedder()) {
 *   List<float[]> vectors = embedder.embed(List.of("Wootz is a steel", "Damascus blades"));
 * }
 * }</pre>
 *
 * <pre>
 *   h = final hidden states of the text's tokens, those included that the tokenizer puts around it
 *   e = mean of h over the pooled positions, summed in float64, cut to the dimensions asked for
 *   e / |e|   where normalised
 * </pre>
 *
 * <p>Texts are computed together, and each has the bits that it has alone, for any number of threads and any chunk. Memory grows with the
 * longest text so far. Calls from several threads take turns. To be closed before the model.
 */
public final class Embedder implements AutoCloseable {
  private static final int LEAST_CAPACITY = 256;

  private final Model model;
  private final Weights weights;
  private final EmbeddingOptions options;
  private final Pooling pooling;
  private final int hidden;
  private final int dimensions;
  private @Nullable HiddenStates states;
  private boolean closed;

  Embedder(Model model, Weights weights, EmbeddingOptions options) {
    this.model = model;
    this.weights = weights;
    this.options = options;
    hidden = model.config().hidden();
    if (options.dimensions() > hidden) {
      throw new IllegalArgumentException("dimensions: found " + options.dimensions() + ", expected at most the model's " + hidden);
    }
    dimensions = options.dimensions() == 0 ? hidden : options.dimensions();
    pooling = pooling(model, weights, options);
  }

  /** Also refuses what is not computed, whichever pooling is asked for. */
  private static Pooling pooling(Model model, Weights weights, EmbeddingOptions options) {
    GgufFile gguf = weights.gguf();
    Path path = model.path();
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
    if (gguf != null) {
      PoolingDefault.requireCausal(gguf.metadata());
    } else {
      PoolingDefault.requireKnownModules(folder);
      if (!options.instruction().isEmpty()) {
        PoolingDefault.requirePromptIncluded(folder);
      }
    }
    if (options.pooling() != null) {
      return options.pooling();
    }
    Optional<Pooling> said = gguf != null ? PoolingDefault.ofGguf(gguf.metadata()) : PoolingDefault.ofFolder(folder);
    return said.orElse(model.hasTokenizer() && model.tokenizer().after().length > 0 ? Pooling.LAST : Pooling.MEAN);
  }

  /** What is pooled: as the options say, else as the model's files do. */
  public Pooling pooling() {
    return pooling;
  }

  /** Length of the embeddings. */
  public int dimensions() {
    return dimensions;
  }

  /** As {@link #embed(List)}, of one text. */
  public float[] embed(String text) {
    return embedIds(List.of(ids(text))).get(0);
  }

  /**
   * The embeddings of texts, in their order.
   *
   * @throws ContextFullException for a text that is longer than the context and is not to be cut
   * @throws IllegalArgumentException for a text without tokens
   */
  public List<float[]> embed(List<String> texts) {
    return embedIds(texts.stream().map(this::ids).toList());
  }

  /** The tokens of a text with its instruction, as they are embedded. Throws as {@link #embed(List)} does. */
  public int[] ids(String text) {
    int[] ids = model.tokenizer().encode(options.instruction() + text, true, true);
    int context = model.contextTokens();
    if (ids.length > context) {
      ids = cut(ids, context);
    }
    if (ids.length == 0) {
      throw new IllegalArgumentException("the text is empty: at least one token is needed for an embedding");
    }
    return ids;
  }

  private int[] cut(int[] ids, int context) {
    int[] after = model.tokenizer().after();
    if (!options.truncate() || context <= after.length) {
      throw tooLong(ids.length);
    }
    int[] cut = Arrays.copyOf(ids, context);
    System.arraycopy(after, 0, cut, context - after.length, after.length);
    return cut;
  }

  private ContextFullException tooLong(int tokens) {
    return new ContextFullException(
        "the text has " + tokens + " tokens, the context holds " + model.contextTokens()
            + ": load the model with a longer context, shorten the text, or have it cut (truncate)");
  }

  /**
   * The embeddings of token sequences, in their order; nothing is put around them.
   *
   * @throws ContextFullException for a sequence that is longer than the context
   * @throws IllegalArgumentException for an empty one, or an id that is not in the model's vocabulary
   */
  public synchronized List<float[]> embedIds(List<int[]> sequences) {
    if (closed) {
      throw new IllegalStateException("this embedder has been closed");
    }
    int longest = 0;
    for (int[] ids : sequences) {
      require(ids);
      longest = Math.max(longest, ids.length);
    }
    float[][] embeddings = new float[sequences.size()][];
    if (longest > 0) {
      Sums sums = new Sums(sequences, embeddings);
      states(longest).compute(sequences, pooling, sums);
    }
    return List.of(embeddings);
  }

  private void require(int[] ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("a sequence is empty: at least one token is needed for an embedding");
    }
    if (ids.length > model.contextTokens()) {
      throw tooLong(ids.length);
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= model.config().vocabulary()) {
        throw new IllegalArgumentException("ids[" + i + "]: found " + ids[i] + ", expected a token id below " + model.config().vocabulary());
      }
    }
  }

  private HiddenStates states(int longest) {
    if (states == null || states.capacity() < longest) {
      int before = 0;
      if (states != null) {
        before = states.capacity();
        states.close();
        states = null;
      }
      states = new HiddenStates(model, weights, Math.min(model.contextTokens(), Math.max(longest, Math.max(LEAST_CAPACITY, 2 * before))));
    }
    return states;
  }

  /** Adds up the states of one text after the other, in the order of their positions. */
  private final class Sums implements HiddenStates.RowListener {
    private final List<int[]> sequences;
    private final float[][] embeddings;
    private final float[] row = new float[hidden];
    private final double[] sum = new double[dimensions];

    Sums(List<int[]> sequences, float[][] embeddings) {
      this.sequences = sequences;
      this.embeddings = embeddings;
    }

    @Override
    public void row(int sequence, int position, Tensor all, int index) {
      int length = sequences.get(sequence).length;
      int from = pooling.from(length);
      int to = pooling.to(length);
      if (position == from) {
        Arrays.fill(sum, 0);
      }
      FloatBuffer floats = all.flat((long) index * hidden, hidden).buffer().asFloatBuffer();
      floats.get(row);
      for (int i = 0; i < dimensions; i++) {
        sum[i] += row[i];
      }
      if (position == to - 1) {
        embeddings[sequence] = finish(sum, to - from);
      }
    }
  }

  private float[] finish(double[] sum, int count) {
    double squares = 0;
    for (double v : sum) {
      squares += v / count * (v / count);
    }
    if (!Double.isFinite(squares)) {
      throw new FormatException(
          Reason.VALUE_NOT_FINITE, model.path(), "found NaN or infinity among the hidden states of a text, expected finite numbers");
    }
    // A vector of zeros has no direction and stays as it is.
    double scale = options.normalize() && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    float[] embedding = new float[sum.length];
    for (int i = 0; i < embedding.length; i++) {
      embedding[i] = (float) (sum[i] / count * scale);
    }
    return embedding;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (states != null) {
      states.close();
      states = null;
    }
  }
}
