package dev.wootz.merge.lora;

import dev.wootz.format.Checkpoint;
import dev.wootz.format.TensorInfo;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.kernel.Kernels.Distance;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Tensor;

/** How far a tensor of two models is from itself, read a piece at a time. */
record Comparison(Checkpoint base, Checkpoint tuned, TensorInfo tensor) {

  /** |tuned - base|^2: 0 when all values are the same, NaN when they differ and have no arithmetic or are not finite. */
  double energy(Runnable interruption) {
    TensorInfo other = tuned.tensor(tensor.name());
    boolean computable = tensor.dtype().convertible() && other.dtype().convertible();
    if (!computable && tensor.dtype() != other.dtype()) {
      return Double.NaN;
    }
    double energy = 0;
    long different = 0;
    try (Memory from = Memory.allocate(Difference.PIECE * tensor.dtype().bytes());
        Memory to = Memory.allocate(Difference.PIECE * other.dtype().bytes())) {
      for (long first = 0; first < tensor.shape().elements(); first += Difference.PIECE) {
        interruption.run();
        long n = Math.min(Difference.PIECE, tensor.shape().elements() - first);
        Tensor x = Difference.read(base, tensor, first, n, from);
        Tensor y = Difference.read(tuned, other, first, n, to);
        if (computable) {
          Distance distance = CpuKernels.get().distance(Distance.NONE, x, y);
          energy += distance.differenceSquared();
          different += distance.different();
        } else {
          different += x.buffer().mismatch(y.buffer()) < 0 ? 0 : 1;
        }
      }
    }
    return different == 0 ? 0 : energy > 0 && Double.isFinite(energy) ? energy : Double.NaN;
  }
}
