package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Compares the operations of a device with the processor's, on small random shapes with ragged edges. What a result may differ by follows from its
 * type and from the number of its terms; operations that promise the processor's bits may not differ at all.
 */
public final class SelfTest implements AutoCloseable {
  private static final int HIDDEN = 96;
  private static final int ROWS = 7;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 32;
  private static final int PAGE = 64;
  private static final int TOKENS = 70;
  private static final double EPSILON = 0x1p-24;

  /**
   * How an operation did.
   *
   * @param operation its name in the C interface, without prefix
   * @param variant which types or kernels were meant
   * @param worst largest difference, relative to the largest value
   * @param allowed largest difference that is due to rounding
   * @param failure what the device said, empty when it computed
   */
  public record Result(String operation, String variant, double worst, double allowed, String failure) {
    public boolean passed() {
      return failure.isEmpty() && worst <= allowed;
    }
  }

  /** The same computation on either side; returns what is to be compared. */
  @FunctionalInterface
  private interface Case {
    Tensor on(Side side);
  }

  /** One backend, with tensors filled alike on both. */
  private static final class Side implements AutoCloseable {
    final Backend backend;
    final List<AutoCloseable> owned = new ArrayList<>();
    private SplittableRandom random;

    Side(Backend backend) {
      this.backend = backend;
    }

    void begin() {
      random = new SplittableRandom(17);
    }

    Tensor empty(DType type, long... extents) {
      return mirror(type, extents).device();
    }

    Tensor floats(long... extents) {
      Mirror mirror = mirror(DType.F32, extents);
      float[] values = new float[(int) mirror.host().elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (2 * random.nextDouble() - 1);
      }
      mirror.host().buffer().asFloatBuffer().put(values);
      return uploaded(mirror);
    }

    Tensor ints(int... values) {
      Mirror mirror = mirror(DType.I32, values.length);
      mirror.host().buffer().asIntBuffer().put(values);
      return uploaded(mirror);
    }

    /** A matrix of any float or block type. */
    Tensor matrix(DType type, long rows, long cols) {
      Mirror mirror = mirror(type, rows, cols);
      try (Memory memory = Memory.allocate(DType.F32.bytes(rows * cols))) {
        Tensor values = new Tensor(memory, 0, DType.F32, Shape.of(rows, cols));
        for (int i = 0; i < rows * cols; i++) {
          values.buffer().putFloat(i * Float.BYTES, (float) (2 * random.nextDouble() - 1));
        }
        if (type.block()) {
          CpuLinearKernels.get().quantize(mirror.host(), values, null, null);
        } else {
          CpuKernels.get().convert(mirror.host(), values);
        }
      }
      return uploaded(mirror);
    }

    /** Zeros. */
    Tensor cleared(DType type, long... extents) {
      Mirror mirror = mirror(type, extents);
      mirror.host().buffer().put(new byte[(int) mirror.host().bytes()]);
      return uploaded(mirror);
    }

    Tensor scratch(long bytes) {
      return empty(DType.U8, Math.max(64, bytes));
    }

    private Tensor uploaded(Mirror mirror) {
      mirror.upload(mirror.host().bytes());
      return mirror.device();
    }

    private Mirror mirror(DType type, long... extents) {
      return keep(new Mirror(backend.stream(), type, extents));
    }

    <T extends AutoCloseable> T keep(T resource) {
      owned.add(resource);
      return resource;
    }

    float[] read(Tensor tensor) {
      try (Memory memory = backend.stream().allocateHost(tensor.bytes())) {
        Tensor host = new Tensor(memory, 0, tensor.dtype(), tensor.shape());
        backend.stream().copy(host, tensor, tensor.bytes());
        backend.stream().synchronize();
        return host.toFloats();
      }
    }

    @Override
    public void close() {
      for (int i = owned.size() - 1; i >= 0; i--) {
        try {
          owned.get(i).close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
      owned.clear();
    }
  }

  private final Backend device;
  private final List<Result> results = new ArrayList<>();

  private SelfTest(Backend device) {
    this.device = device;
  }

  /** All operations that decoding needs, in well under a second on a card. Throws {@link DeviceException} where the device cannot be used at all. */
  public static List<Result> run(Device device) {
    try (SelfTest test = new SelfTest(Backend.of(device, null))) {
      test.all();
      return test.results;
    }
  }

  private void all() {
    compare("embed", "f32", 0, s -> {
      Tensor out = s.empty(DType.F32, ROWS, HIDDEN);
      s.backend.transformer().embed(out, s.matrix(DType.F32, 11, HIDDEN), s.ints(3, 10, 0, 0, 7, 1, 2), ROWS, null);
      return out;
    });
    compare("rms_norm", "f32", 4 * EPSILON, s -> {
      Tensor out = s.empty(DType.F32, ROWS, HIDDEN);
      s.backend.transformer().rmsNorm(out, s.floats(ROWS, HIDDEN), s.floats(ROWS, HIDDEN), s.floats(HIDDEN), 1e-6, ROWS, null);
      return out;
    });
    compare("swiglu", "f32", 4 * EPSILON, s -> {
      Tensor out = s.empty(DType.F32, ROWS, HIDDEN);
      s.backend.transformer().swiglu(out, s.floats(ROWS, HIDDEN), s.floats(ROWS, HIDDEN), ROWS, HIDDEN, null);
      return out;
    });
    for (DType type : new DType[] {DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K}) {
      for (int rows : new int[] {1, ROWS}) {
        linear(type, rows);
      }
    }
    for (DType type : new DType[] {DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.F8_E4M3}) {
      attention(type);
    }
    kvMove();
  }

  private void linear(DType type, int rows) {
    int cols = type.block() ? 512 : HIDDEN;
    // Sums of so many products in another order.
    compare("linear", type + (rows == 1 ? " one row" : " rows"), 2 * cols * EPSILON, s -> {
      LinearKernels kernels = s.backend.linear();
      Tensor x = s.floats(rows, cols);
      Tensor matrix = s.matrix(type, 33, cols);
      Weight weight = Weight.of(matrix);
      if (type.block()) {
        Tensor packed = s.scratch(kernels.packedBytes(type, 33, cols));
        kernels.pack(packed, matrix, null);
        weight = new Weight(packed, type, true, 33, cols);
      }
      Tensor out = s.empty(DType.F32, rows, 33);
      LinearKernels.Parts parts = s.keep(kernels.parts(List.of(new LinearPart(weight, out))));
      kernels.linear(parts, x, cols, rows, s.scratch(kernels.linearScratch(rows, cols)), null);
      return out;
    });
  }

  private void attention(DType type) {
    // Weights are rounded to 11 bits where tensor cores multiply, to 8 bits beside a cache of bfloat16.
    double allowed = type == DType.F32 ? 1e-5 : type == DType.BF16 ? 0x1p-6 : 0x1p-9;
    compare("attention", type + " cache", allowed, s -> {
      AttentionKernels kernels = s.backend.attention();
      Tensor q = s.floats(TOKENS, HEADS, HEAD_DIM);
      Tensor k = s.floats(TOKENS, KV_HEADS, HEAD_DIM);
      Tensor v = s.floats(TOKENS, KV_HEADS, HEAD_DIM);
      Tensor norm = s.floats(HEAD_DIM);
      int[] positions = new int[TOKENS];
      for (int i = 0; i < TOKENS; i++) {
        positions[i] = i;
      }
      Tensor at = s.ints(positions);
      Tensor pages = s.ints(2, 0);
      AttentionKernels.Batch batch = s.keep(kernels.batch(s.ints(0, TOKENS), at, new Tensor(pages.memory(), pages.offset(), DType.I32, Shape.of(1, 2))));
      batch.set(1, TOKENS, 2 * PAGE);
      Tensor table = s.empty(DType.F32, TOKENS, HEAD_DIM);
      double[] frequency = new double[HEAD_DIM / 2];
      for (int i = 0; i < frequency.length; i++) {
        frequency[i] = Math.pow(10000, -2.0 * i / HEAD_DIM);
      }
      kernels.ropeTable(table, at, frequency, 1, TOKENS);
      AttentionKernels.KvLayer layer =
          s.keep(kernels.kvLayer(s.cleared(type, 3, KV_HEADS, PAGE, HEAD_DIM), s.cleared(type, 3, KV_HEADS, PAGE, HEAD_DIM)));
      kernels.qkRopeAppend(q, k, v, norm, norm, 1e-6, s.keep(kernels.rope(table, HEAD_DIM, false)), HEADS, batch, layer, null);
      Tensor out = s.empty(DType.F32, TOKENS, HEADS, HEAD_DIM);
      Tensor scratch = s.scratch(kernels.attentionScratch(TOKENS, HEADS, HEAD_DIM, 2 * PAGE));
      kernels.prepareScratch(scratch);
      kernels.attend(out, q, s.keep(kernels.attention(HEADS, 0.17f, 0, 0, null)), batch, layer, scratch, null);
      return out;
    });
  }

  private void kvMove() {
    compare("kv_move", "f32, turned", 0, s -> {
      Tensor keys = s.floats(3, KV_HEADS, PAGE, HEAD_DIM);
      Tensor values = s.floats(3, KV_HEADS, PAGE, HEAD_DIM);
      Tensor angles = s.empty(DType.F32, 1, HEAD_DIM);
      double[] frequency = new double[HEAD_DIM / 2];
      Arrays.setAll(frequency, i -> 1.0 / (1 + i));
      s.backend.attention().ropeTable(angles, s.ints(-5), frequency, 1, 1);
      CacheKernels kernels = s.backend.cache();
      CacheKernels.Span from = s.keep(kernels.span(s.ints(0, 1)));
      CacheKernels.Span to = s.keep(kernels.span(s.ints(1, 2)));
      from.set(2, 10);
      to.set(2, 5);
      kernels.move(
          s.keep(kernels.layers(List.of(keys), List.of(values))), to, from, 80, false,
          s.keep(s.backend.attention().rope(angles, HEAD_DIM, false)), null);
      return keys;
    });
  }

  private void compare(String operation, String variant, double allowed, Case computation) {
    try (Side host = new Side(Backend.cpu(null));
        Side there = new Side(device)) {
      host.begin();
      there.begin();
      float[] expected = host.read(computation.on(host));
      float[] found = there.read(computation.on(there));
      double largest = 0;
      double worst = 0;
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
        double difference = Math.abs((double) expected[i] - found[i]);
        worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
      }
      results.add(new Result(operation, variant, worst / largest, allowed, ""));
    } catch (DeviceException | KernelException e) {
      results.add(new Result(operation, variant, Double.NaN, allowed, e.getMessage()));
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
