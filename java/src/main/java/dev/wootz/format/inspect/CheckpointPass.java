package dev.wootz.format.inspect;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.kernel.Kernels.Distance;
import dev.wootz.kernel.Kernels.Statistics;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import dev.wootz.tensor.TileSweep;
import dev.wootz.tensor.TileSweep.Piece;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads checkpoints once, on several threads and in bounded memory. Sums are taken piece by piece and added in the order of the pieces, so
 * the figures do not depend on the number of threads.
 */
public final class CheckpointPass {
  private static final long PIECE = 1 << 20;

  private final int threads;
  private final LongConsumer progress;
  private volatile @Nullable TileSweep running;

  /** @param progress is told the bytes of each piece that has been read, from several threads */
  public CheckpointPass(int threads, LongConsumer progress) {
    this.threads = threads;
    this.progress = progress;
  }

  /** Ends the pass soon, from another thread; it throws {@link java.util.concurrent.CancellationException}. */
  public void cancel() {
    TileSweep sweep = running;
    if (sweep != null) {
      sweep.cancel();
    }
  }

  /** Statistics of these tensors of a checkpoint, in the order given. */
  public List<TensorStatistics> statistics(Checkpoint checkpoint, List<TensorInfo> tensors) {
    Kernels kernels = CpuKernels.get();
    List<TensorInfo> computable = tensors.stream().filter(tensor -> tensor.dtype().convertible()).toList();
    Results<Statistics> results = new Results<>(computable, Statistics.NONE, TensorStatistics::sum);
    sweep(
        computable,
        () ->
            new TileSweep.Worker() {
              private final Memory memory = Memory.allocate(PIECE * Long.BYTES);

              @Override
              public void piece(Piece piece) {
                Tensor x = load(checkpoint, computable.get(piece.tensor()), piece, memory);
                results.set(piece, kernels.statistics(Statistics.NONE, x));
                progress.accept(x.bytes());
              }

              @Override
              public void close() {
                memory.close();
              }
            });
    List<TensorStatistics> statistics = new ArrayList<>();
    int next = 0;
    for (TensorInfo tensor : tensors) {
      statistics.add(new TensorStatistics(tensor, tensor.dtype().convertible() ? results.total(next++) : Statistics.NONE));
    }
    return statistics;
  }

  /** Compares the tensors whose names {@code selected} admits, sorted by name. */
  public List<TensorDifference> differences(Checkpoint first, Checkpoint second, Predicate<String> selected) {
    Kernels kernels = CpuKernels.get();
    List<TensorInfo> comparable = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(first.tensors().keySet());
    names.addAll(second.tensors().keySet());
    names.removeIf(selected.negate());
    for (String name : names) {
      TensorInfo a = first.tensors().get(name);
      TensorInfo b = second.tensors().get(name);
      if (a != null && b != null && a.shape().equals(b.shape()) && (computable(a, b) || a.dtype() == b.dtype())) {
        comparable.add(a);
      }
    }
    Results<Distance> results = new Results<>(comparable, Distance.NONE, TensorDifference::sum);
    sweep(
        comparable,
        () ->
            new TileSweep.Worker() {
              private final Memory memoryA = Memory.allocate(PIECE * Long.BYTES);
              private final Memory memoryB = Memory.allocate(PIECE * Long.BYTES);

              @Override
              public void piece(Piece piece) {
                TensorInfo info = comparable.get(piece.tensor());
                TensorInfo other = second.tensor(info.name());
                Tensor a = load(first, info, piece, memoryA);
                Tensor b = load(second, other, piece, memoryB);
                results.set(piece, computable(info, other) ? kernels.distance(Distance.NONE, a, b) : bytewise(a, b));
                progress.accept(a.bytes() + b.bytes());
              }

              @Override
              public void close() {
                memoryA.close();
                memoryB.close();
              }
            });
    List<TensorDifference> differences = new ArrayList<>();
    int next = 0;
    for (String name : names) {
      TensorInfo a = first.tensors().get(name);
      TensorInfo b = second.tensors().get(name);
      boolean compared = next < comparable.size() && comparable.get(next).name().equals(name);
      differences.add(difference(name, a, b, compared ? results.total(next++) : null));
    }
    return differences;
  }

  private static TensorDifference difference(String name, @Nullable TensorInfo a, @Nullable TensorInfo b, @Nullable Distance distance) {
    TensorDifference.Kind kind;
    if (a == null) {
      kind = TensorDifference.Kind.ONLY_SECOND;
    } else if (b == null) {
      kind = TensorDifference.Kind.ONLY_FIRST;
    } else if (!a.shape().equals(b.shape())) {
      kind = TensorDifference.Kind.SHAPE;
    } else if (distance != null && distance.different() > 0) {
      kind = TensorDifference.Kind.VALUES;
    } else {
      kind = a.dtype() == b.dtype() ? TensorDifference.Kind.NONE : TensorDifference.Kind.DTYPE;
    }
    boolean measured = a != null && b != null && computable(a, b);
    return new TensorDifference(name, kind, a, b, measured ? distance : null);
  }

  private static boolean computable(TensorInfo a, TensorInfo b) {
    return a.dtype().convertible() && b.dtype().convertible();
  }

  private static Tensor load(Checkpoint checkpoint, TensorInfo info, Piece piece, Memory memory) {
    Tensor x = new Tensor(memory, 0, info.dtype(), Shape.of(piece.elements()));
    checkpoint.read(info, piece.first() * info.dtype().bytes(), x.buffer());
    return x;
  }

  /** Of types that no operation computes with: only how many elements differ. */
  private static Distance bytewise(Tensor a, Tensor b) {
    ByteBuffer left = a.buffer();
    ByteBuffer right = b.buffer();
    int size = a.dtype().bytes();
    long different = 0;
    for (int from = 0; from < left.limit(); from += size) {
      if (left.slice(from, size).mismatch(right.slice(from, size)) >= 0) {
        different++;
      }
    }
    return new Distance(a.elements(), different, 0, 0, 0, 0, 0);
  }

  private void sweep(List<TensorInfo> tensors, Supplier<TileSweep.Worker> readers) {
    TileSweep sweep = new TileSweep(tensors.stream().map(TensorInfo::shape).toList(), PIECE);
    running = sweep;
    sweep.run(threads, readers);
    running = null;
  }

  /** One result for each piece of each tensor. */
  private static final class Results<R> {
    private final List<List<R>> byTensor = new ArrayList<>();
    private final R none;
    private final BinaryOperator<R> sum;

    Results(List<TensorInfo> tensors, R none, BinaryOperator<R> sum) {
      this.none = none;
      this.sum = sum;
      for (TensorInfo tensor : tensors) {
        int pieces = Math.toIntExact((tensor.shape().elements() + PIECE - 1) / PIECE);
        byTensor.add(new ArrayList<>(Collections.nCopies(pieces, none)));
      }
    }

    /** Threads set different elements, and total() is called after they have ended. */
    void set(Piece piece, R result) {
      byTensor.get(piece.tensor()).set(piece.index(), result);
    }

    R total(int tensor) {
      return byTensor.get(tensor).stream().reduce(none, sum);
    }
  }
}
