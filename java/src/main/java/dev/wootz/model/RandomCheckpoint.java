package dev.wootz.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.AtomicFiles;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.CheckpointWriter;
import dev.wootz.format.JsonFiles;
import dev.wootz.format.PartialFolder;
import dev.wootz.format.TensorInfo;
import dev.wootz.format.TensorSpec;
import dev.wootz.kernel.Arithmetic;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import dev.wootz.tensor.TileSweep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints of random weights for tests and benchmarks: matrices and biases from a normal distribution, norms 1; or a relative of an
 * existing checkpoint, each weight moved by normal noise as fine-tuning would move it.
 *
 * <p>Weight i of a tensor is element i of the Philox sequence of (seed, name of the tensor), so a checkpoint depends on its seed and shape
 * alone, not on threads or shards. The folder appears under its name when it is complete.
 */
public final class RandomCheckpoint {
  /** Standard deviation of weights, transformers' {@code initializer_range}. */
  public static final double DEVIATION = 0.02;

  private static final long PIECE = 1 << 20;

  private final List<TensorSpec> tensors;
  private final ObjectNode config;
  private final Source source;
  private long maxShardBytes = 5_000_000_000L;
  private int threads = Runtime.getRuntime().availableProcessors();
  private LongConsumer progress = bytes -> {};
  private volatile @Nullable TileSweep sweep;

  /** Fills the elements of one tensor from {@code first} on; one for each thread. */
  private interface Filler extends AutoCloseable {
    void fill(Tensor out, TensorSpec spec, long first);

    @Override
    default void close() {}
  }

  /** Where the weights come from. */
  private interface Source {
    Filler open();

    /** Files that go with the weights, config.json excluded. */
    List<Path> companions();
  }

  private RandomCheckpoint(List<TensorSpec> tensors, ObjectNode config, Source source) {
    this.tensors = tensors;
    this.config = config;
    this.source = source;
  }

  /** @param dtype f32, f16 or bf16 */
  public static RandomCheckpoint of(PublishedShape shape, DType dtype, long seed) {
    if (!Kernels.writable(dtype)) {
      throw new IllegalArgumentException("weights of type " + dtype.torchName() + ", expected float32, float16 or bfloat16");
    }
    Source source =
        new Source() {
          @Override
          public Filler open() {
            return (out, spec, first) -> fillNormal(out, spec, first, seed);
          }

          @Override
          public List<Path> companions() {
            return List.of();
          }
        };
    return new RandomCheckpoint(shape.tensors(dtype), shape.config(dtype), source);
  }

  /**
   * A relative of {@code base}, which stays open until {@link #write} has returned: w + scale * N(0, 1), rounded once to the type of w.
   * Integer tensors are copied.
   */
  public static RandomCheckpoint perturbed(Checkpoint base, double scale, long seed) {
    List<TensorSpec> tensors =
        base.tensors().values().stream().map(info -> new TensorSpec(info.name(), info.dtype(), info.shape())).toList();
    Source source =
        new Source() {
          @Override
          public Filler open() {
            return new Perturbation(base, scale, seed);
          }

          @Override
          public List<Path> companions() {
            return base.companions();
          }
        };
    return new RandomCheckpoint(tensors, base.config(), source);
  }

  public RandomCheckpoint maxShardSize(long bytes) {
    maxShardBytes = bytes;
    return this;
  }

  public RandomCheckpoint threads(int count) {
    threads = count;
    return this;
  }

  /** @param listener is told the bytes of each piece that has been written, from several threads */
  public RandomCheckpoint progress(LongConsumer listener) {
    progress = listener;
    return this;
  }

  /** Of all tensors. */
  public long bytes() {
    return tensors.stream().mapToLong(TensorSpec::bytes).sum();
  }

  /** Ends {@link #write} soon, from another thread. */
  public void cancel() {
    TileSweep running = sweep;
    if (running != null) {
      running.cancel();
    }
  }

  /** Writes a Hugging Face folder. Throws {@link java.nio.file.FileAlreadyExistsException} (unchecked) when {@code folder} is there. */
  public void write(Path folder) {
    try (PartialFolder partial = PartialFolder.beside(folder)) {
      try (CheckpointWriter writer = CheckpointWriter.create(partial.path(), CheckpointWriter.layout(tensors, maxShardBytes), Map.of())) {
        List<Shape> shapes = tensors.stream().map(TensorSpec::shape).toList();
        TileSweep pieces = new TileSweep(shapes, PIECE);
        sweep = pieces;
        pieces.run(threads, () -> new Worker(writer));
        writer.finishShards();
        writer.writeIndex();
      }
      AtomicFiles.copyInto(source.companions(), partial.path());
      JsonFiles.write(partial.path().resolve("config.json"), config);
      partial.publish();
    }
  }

  private static void fillNormal(Tensor out, TensorSpec spec, long first, long seed) {
    Kernels kernels = CpuKernels.get();
    boolean norm = spec.shape().rank() == 1 && spec.name().endsWith("norm.weight");
    kernels.philoxNormal(out, kernels.philoxKey(seed, spec.name(), 0), first, norm ? 1 : 0, norm ? 0 : DEVIATION);
  }

  private final class Worker implements TileSweep.Worker {
    private final CheckpointWriter writer;
    private final Memory memory = Memory.allocate(PIECE * 8);
    private final Filler filler = source.open();

    Worker(CheckpointWriter writer) {
      this.writer = writer;
    }

    @Override
    public void piece(TileSweep.Piece piece) {
      TensorSpec spec = tensors.get(piece.tensor());
      Tensor out = new Tensor(memory, 0, spec.dtype(), Shape.of(piece.elements()));
      filler.fill(out, spec, piece.first());
      writer.write(spec.name(), piece.first() * spec.dtype().bytes(), out.buffer());
      progress.accept(out.bytes());
    }

    @Override
    public void close() {
      filler.close();
      memory.close();
    }
  }

  private static final class Perturbation implements Filler {
    private final Checkpoint base;
    private final double scale;
    private final long seed;
    private final Memory memory = Memory.allocate(PIECE * 4);

    Perturbation(Checkpoint base, double scale, long seed) {
      this.base = base;
      this.scale = scale;
      this.seed = seed;
    }

    @Override
    public void fill(Tensor out, TensorSpec spec, long first) {
      TensorInfo info = base.tensor(spec.name());
      base.read(info, first * spec.dtype().bytes(), out.buffer());
      if (Kernels.writable(spec.dtype())) {
        Kernels kernels = CpuKernels.get();
        Tensor noise = new Tensor(memory, 0, DType.F32, out.shape());
        kernels.philoxNormal(noise, kernels.philoxKey(seed, spec.name(), 0), first, 0, scale);
        kernels.mergeLinear(out, List.of(out, noise), null, new double[] {1, 1}, 1, Arithmetic.F32);
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
