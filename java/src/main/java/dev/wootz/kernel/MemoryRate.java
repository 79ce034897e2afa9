package dev.wootz.kernel;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;
import java.util.List;

/** How fast a device reads weights: a matrix of {@link #BYTES} times one row, which is what decoding a token does. */
public final class MemoryRate {
  /** More than caches hold. */
  public static final long BYTES = 256L << 20;

  private static final int COLS = 4096;
  private static final int ROUNDS = 5;

  private MemoryRate() {}

  /** Bytes per second, the best of some rounds. Throws {@link OutOfDeviceMemoryException} where that much is not free. */
  public static double of(Backend backend) {
    long rows = BYTES / (COLS * Float.BYTES);
    DeviceStream stream = backend.stream();
    LinearKernels linear = backend.linear();
    try (Memory matrix = stream.allocate(BYTES);
        Mirror x = new Mirror(stream, DType.F32, 1, COLS);
        Mirror out = new Mirror(stream, DType.F32, 1, rows);
        Memory scratch = stream.allocate(Math.max(64, linear.linearScratch(1, COLS)))) {
      Tensor weights = Tensor.over(matrix, DType.F32, rows, COLS);
      fill(stream, weights);
      x.host().buffer().put(new byte[(int) x.host().bytes()]);
      x.upload(x.host().bytes());
      Tensor work = Tensor.over(scratch, DType.U8, scratch.bytes());
      try (LinearKernels.Parts parts = linear.parts(List.of(new LinearPart(Weight.of(weights), out.device())))) {
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i <= ROUNDS; i++) {
          stream.synchronize();
          long began = System.nanoTime();
          linear.linear(parts, x.device(), COLS, 1, work, backend.pool());
          stream.synchronize();
          best = i == 0 ? best : Math.min(best, (System.nanoTime() - began) * 1e-9);
        }
        return BYTES / best;
      }
    }
  }

  /** Writes every page: memory that nobody has written need not be there. */
  private static void fill(DeviceStream stream, Tensor weights) {
    if (stream.onHost()) {
      weights.buffer().put(new byte[(int) weights.bytes()]);
      return;
    }
    try (Memory zeros = stream.allocateHost(weights.bytes())) {
      Tensor host = new Tensor(zeros, 0, weights.dtype(), weights.shape());
      host.buffer().put(new byte[(int) host.bytes()]);
      stream.copy(weights, host, weights.bytes());
      stream.synchronize();
    }
  }
}
