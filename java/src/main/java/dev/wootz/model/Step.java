package dev.wootz.model;

import dev.wootz.kernel.AttentionKernels;
import dev.wootz.kernel.Backend;
import dev.wootz.kernel.DeviceStream;
import dev.wootz.kernel.Mirror;
import dev.wootz.model.lora.Adapter;
import dev.wootz.model.lora.AdapterClosedException;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that one pass through the model computes: for each sequence some new ones, and of these the rows that shall become logits.
 * Filled anew for each pass, in memory of its own; filling allocates nothing. What a device shall see of it goes there in one copy.
 */
public final class Step implements AutoCloseable {
  /** Positions that attention takes at a time. */
  private static final int LEAST_BOUND = 256;

  private final int maxTokens;
  private final int maxSequences;
  private final int maxRows;
  private final int tableStride;
  private final int tablesAt;
  private final DeviceStream stream;
  private final Mirror mirror;
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

  /** Above every position of the step. */
  private int positionBound;

  /** Whether the host's memory has been given to the stream, which may not have come to the copy yet. */
  private boolean uploaded;

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
    stream = backend.stream();
    // The tables last: of them only those of the step's sequences are copied.
    int beginAt = 2 * maxTokens;
    int rowsAt = beginAt + maxSequences + 1;
    tablesAt = rowsAt + maxRows;
    mirror = new Mirror(stream, DType.I32, tablesAt + (long) maxSequences * maxPages);
    Tensor device = mirror.device();
    ids = device.flat(0, maxTokens);
    positions = device.flat(maxTokens, maxTokens);
    rows = device.flat(rowsAt, maxRows);
    Tensor host = mirror.host();
    idBuffer = ints(host.flat(0, maxTokens));
    positionBuffer = ints(host.flat(maxTokens, maxTokens));
    beginBuffer = ints(host.flat(beginAt, maxSequences + 1));
    rowBuffer = ints(host.flat(rowsAt, maxRows));
    tableBuffer = ints(host.flat(tablesAt, (long) maxSequences * maxPages));
    Tensor tables = new Tensor(device.memory(), tablesAt * (long) Integer.BYTES, DType.I32, Shape.of(maxSequences, maxPages));
    batch = backend.attention().batch(device.flat(beginAt, maxSequences + 1), positions, tables);
    clear();
  }

  private static IntBuffer ints(Tensor tensor) {
    return tensor.buffer().asIntBuffer();
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
    positionBound = 1;
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
    if (uploaded) {
      stream.synchronize();
      uploaded = false;
    }
    beginBuffer.put(0, 0);
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
    positionBound = Math.max(positionBound, position + 1);
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

  /** Lets the device see the step, as it has been filled. @param maxPositions the longest context */
  void upload(int maxPositions) {
    copy();
    batch.set(sequences, tokens, bound(maxPositions));
  }

  /**
   * The same for a step of one token for each sequence, made up to so many sequences, tokens and rows: the additional tokens belong to no sequence and
   * nothing of them goes into the cache.
   */
  void upload(int maxPositions, int padded) {
    for (int i = tokens; i < padded; i++) {
      idBuffer.put(i, 0);
      positionBuffer.put(i, 0);
      beginBuffer.put(i + 1, tokens);
    }
    for (int i = rowCount; i < padded; i++) {
      rowBuffer.put(i, 0);
    }
    copy();
    batch.set(padded, padded, bound(maxPositions));
  }

  private void copy() {
    mirror.upload((tablesAt + (long) sequences * tableStride) * Integer.BYTES);
    uploaded = !stream.onHost();
  }

  /** Above every position: see {@link AttentionKernels.Batch#set}. */
  int bound(int maxPositions) {
    return bound(positionBound, maxPositions);
  }

  /** Whether it is one token of each sequence, and none has an adapter. */
  boolean decodes() {
    for (int i = 0; i < sequences; i++) {
      if (adapters[i] != null || beginBuffer.get(i) != i) {
        return false;
      }
    }
    return tokens == sequences;
  }

  /** The most sequences that {@link #upload(int, int)} can make it up to. */
  int mostPadded() {
    return Math.min(maxSequences, Math.min(maxTokens, maxRows));
  }

  /** Powers of two, so that work which is laid out for them is laid out seldom. */
  private static int bound(int positions, int most) {
    int power = Math.max(LEAST_BOUND, Integer.highestOneBit(Math.max(1, positions - 1)) << 1);
    return power > 0 ? Math.min(power, most) : most;
  }

  AttentionKernels.Batch batch() {
    return batch;
  }

  @Override
  public void close() {
    clear();
    batch.close();
    mirror.close();
  }
}
