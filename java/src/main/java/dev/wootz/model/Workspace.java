package dev.wootz.model;

import dev.wootz.kernel.Backend;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.Mirror;
import dev.wootz.model.ModelConfig.Experts;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The activations of a step, T tokens at most, in memory that every step uses again. All float32 but where said.
 */
public final class Workspace implements AutoCloseable {
  private final List<AutoCloseable> memory = new ArrayList<>();

  /** Most tokens of a step. */
  public final int maxTokens;

  /** Most rows of logits of a step. */
  public final int maxRows;

  /** The longest context. */
  final int maxPositions;

  private final DeviceStream stream;

  /** The residual stream [T, hidden], and its normalised copy. */
  final Tensor hidden;

  final Tensor normed;

  /** [T, heads * headDim] and [T, kvHeads * headDim]. */
  final Tensor queries;

  final Tensor keys;
  final Tensor values;

  /** What attention reads out of the cache [T, heads * headDim]. */
  final Tensor context;

  /** [T, intermediate]. */
  final Tensor gate;

  final Tensor up;

  /** Cosines and sines of the step's positions [T, 2, dim / 2]. */
  final Tensor rope;

  /** Rows of the residual stream that become logits, normalised: [R, hidden]; logits [R, vocabulary]. */
  final Tensor outputs;

  /** For Java to read, too. */
  final Mirror logits;

  /** u8 */
  final Tensor linearScratch;

  final Tensor attentionScratch;

  final @Nullable ExpertTensors experts;

  /** Routing [T, k] and the rows that go to experts, A = T k of them. */
  static final class ExpertTensors {
    final Tensor router;
    final Tensor expert;
    final Tensor weight;
    final Tensor begin;
    final Tensor rowOf;
    final Tensor place;
    final Tensor gate;
    final Tensor up;
    final Tensor down;

    private ExpertTensors(Workspace w, ModelConfig config, Experts experts, int tokens) {
      long assignments = (long) tokens * experts.perToken();
      router = w.floats(tokens, experts.count());
      expert = w.ints(tokens, experts.perToken());
      weight = w.floats(tokens, experts.perToken());
      begin = w.ints(experts.count() + 1);
      rowOf = w.ints(assignments);
      place = w.ints(tokens, experts.perToken());
      gate = w.floats(assignments, experts.intermediate());
      up = w.floats(assignments, experts.intermediate());
      down = w.floats(assignments, config.hidden());
    }
  }

  /**
   * @param maxTokens tokens of a step
   * @param maxRows rows of logits of a step
   * @param maxPositions the longest context
   */
  public Workspace(ModelConfig config, Backend backend, int maxTokens, int maxRows, int maxPositions) {
    this.maxTokens = maxTokens;
    this.maxRows = maxRows;
    this.maxPositions = maxPositions;
    this.stream = backend.stream();
    long queryWidth = (long) config.heads() * config.headDim();
    long keyWidth = (long) config.kvHeads() * config.headDim();
    long widest = Math.max(Math.max(config.hidden(), config.intermediate()), queryWidth);
    long assignments = maxTokens;
    if (config.experts() != null) {
      widest = Math.max(widest, config.experts().intermediate());
      assignments *= config.experts().perToken();
    }
    long linearBytes = backend.linear().linearScratch(Math.max(assignments, maxRows), widest);
    long attentionBytes = backend.attention().attentionScratch(maxTokens, config.heads(), config.headDim(), maxPositions);
    hidden = floats(maxTokens, config.hidden());
    normed = floats(maxTokens, config.hidden());
    queries = floats(maxTokens, queryWidth);
    keys = floats(maxTokens, keyWidth);
    values = floats(maxTokens, keyWidth);
    context = floats(maxTokens, queryWidth);
    if (!stream.onHost()) {
      // Attention leaves out the rows that a step is made up with (DecodeGraphs); what comes after reads them.
      stream.clear(context);
    }
    gate = floats(maxTokens, config.intermediate());
    up = floats(maxTokens, config.intermediate());
    rope = floats(maxTokens, config.rope().dim());
    outputs = floats(maxRows, config.hidden());
    logits = mirror(maxRows, config.vocabulary());
    linearScratch = tensor(DType.U8, linearBytes);
    attentionScratch = tensor(DType.U8, attentionBytes);
    backend.attention().prepareScratch(attentionScratch);
    experts = config.experts() == null ? null : new ExpertTensors(this, config, config.experts(), maxTokens);
  }

  private Tensor floats(long rows, long cols) {
    return tensor(DType.F32, rows, cols);
  }

  private Tensor ints(long... extents) {
    return tensor(DType.I32, extents);
  }

  private Tensor tensor(DType type, long... extents) {
    Memory piece = allocated(() -> stream.allocate(Math.max(1, type.bytes(Shape.of(extents).elements()))));
    return Tensor.over(piece, type, extents);
  }

  private Mirror mirror(long rows, long cols) {
    return allocated(() -> new Mirror(stream, DType.F32, rows, cols));
  }

  /** Gives back what there is so far when a device has no more. */
  private <T extends AutoCloseable> T allocated(Supplier<T> allocation) {
    try {
      T piece = allocation.get();
      memory.add(piece);
      return piece;
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    for (AutoCloseable piece : memory) {
      try {
        piece.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    memory.clear();
  }
}
