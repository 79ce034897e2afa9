package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels;
import dev.wootz.kernel.Backend;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that one pass through the model computes: for each sequence some new ones, and of these the rows that shall become logits.
 * Filled anew for each pass, in memory of its own; filling allocates nothing.
 */
public final class Step implements AutoCloseable {
  private final int maxTokens;
  private final int maxSequences;
  private final int maxRows;
  private final int tableStride;
  private final Memory memory;
  private final AttentionKernels.Batch batch;

  final Tensor ids;
  final Tensor positions;

  /** The rows of the step that become logits. */
  final Tensor rows;

  private final IntBuffer idBuffer;
  private final IntBuffer positionBuffer;
  private final IntBuffer beginBuffer;
  private final IntBuffer tableBuffer;
  private final IntBuffer rowBuffer;

  /** Of each sequence; the step holds them open until it is filled anew. */
  private final @Nullable Adapter[] adapters;

  private int tokens;
  private int sequences;
  private int rowCount;

  /**
   * @param maxTokens of all sequences together
   * @param maxRows rows of logits
   * @param maxPages of one sequence
   */
  public Step(Backend backend, int maxTokens, int maxSequences, int maxRows, int maxPages) {
    this.maxTokens = maxTokens;
    this.maxSequences = maxSequences;
    this.maxRows = maxRows;
    this.tableStride = maxPages;
    adapters = new Adapter[maxSequences];
    long ints = 2L * maxTokens + maxSequences + 1 + (long) maxSequences * maxPages + maxRows;
    memory = Memory.allocate(ints * Integer.BYTES);
    Tensor all = Tensor.over(memory, DType.I32, ints);
    ids = all.flat(0, maxTokens);
    positions = all.flat(maxTokens, maxTokens);
    long at = 2L * maxTokens;
    Tensor begin = all.flat(at, maxSequences + 1);
    at += maxSequences + 1;
    rows = all.flat(at, maxRows);
    at += maxRows;
    Tensor tables = new Tensor(memory, at * Integer.BYTES, DType.I32, Shape.of(maxSequences, maxPages));
    idBuffer = ids.buffer().asIntBuffer();
    positionBuffer = positions.buffer().asIntBuffer();
    beginBuffer = begin.buffer().asIntBuffer();
    rowBuffer = rows.buffer().asIntBuffer();
    tableBuffer = tables.buffer().asIntBuffer();
    batch = backend.attention().batch(begin, positions, tables);
    clear();
  }

  /** Begins anew, and lets go of the adapters. */
  public void clear() {
    for (int i = 0; i < sequences; i++) {
      Adapter adapter = adapters[i];
      adapters[i] = null;
      if (adapter != null) {
        adapter.release();
      }
    }
    tokens = 0;
    sequences = 0;
    rowCount = 0;
    beginBuffer.put(0, 0);
  }

  /**
   * Begins the next sequence of the step.
   *
   * @param pages its block table; the first {@code count} entries count
   */
  public void sequence(int[] pages, int count) {
    sequence(pages, count, null);
  }

  /**
   * Begins the next sequence of the step.
   *
   * @param adapter what its tokens are computed with; null: the model alone
   * @throws AdapterClosedException before anything has changed
   */
  public void sequence(int[] pages, int count, @Nullable Adapter adapter) {
    if (sequences == maxSequences || count > tableStride) {
      throw new IllegalStateException("no room for sequence " + sequences + " with " + count + " pages in a step of " + maxSequences + " x " + tableStride);
    }
    tableBuffer.put(sequences * tableStride, pages, 0, count);
    if (adapter != null) {
      adapter.hold();
    }
    adapters[sequences] = adapter;
    sequences++;
    beginBuffer.put(sequences, tokens);
  }

  /** Adds a token to the sequence that was begun last. */
  public void token(int id, int position) {
    if (tokens == maxTokens) {
      throw new IllegalStateException("a step holds " + maxTokens + " tokens");
    }
    idBuffer.put(tokens, id);
    positionBuffer.put(tokens, position);
    tokens++;
    beginBuffer.put(sequences, tokens);
  }

  /** Asks for the logits (or the hidden states, see {@link Decoder#hiddenStates}) of the token that was added last. Returns their row. */
  public int logits() {
    if (rowCount == maxRows) {
      throw new IllegalStateException("a step gives " + maxRows + " rows of logits");
    }
    rowBuffer.put(rowCount, tokens - 1);
    return rowCount++;
  }

  public int tokens() {
    return tokens;
  }

  public int rowCount() {
    return rowCount;
  }

  /** Whether another row of logits fits. */
  public boolean rowsLeft() {
    return rowCount < maxRows;
  }

  int sequences() {
    return sequences;
  }

  /** The first row of a sequence; of the one after the last: the number of rows. */
  int begin(int sequence) {
    return beginBuffer.get(sequence);
  }

  @Nullable Adapter adapter(int sequence) {
    return adapters[sequence];
  }

  AttentionKernels.Batch batch() {
    batch.set(sequences, tokens);
    return batch;
  }

  @Override
  public void close() {
    clear();
    batch.close();
    memory.close();
  }
}
