package dev.wootz.model;

import dev.wootz.kernel.DeviceStream;
import dev.wootz.tensor.DType;
import dev.wootz.tensor.Memory;
import dev.wootz.tensor.Shape;
import dev.wootz.tensor.Tensor;

/** Shows a probe copies on the host of what a device computes; each waits for the device. */
record DownloadedProbe(DeviceStream stream, Probe probe) implements Probe {
  @Override
  public void see(String name, int layer, Tensor activation, int rows, int cols) {
    Shape shape = Shape.of(rows, cols);
    long bytes = DType.F32.bytes(shape.elements());
    try (Memory memory = stream.allocateHost(Math.max(1, bytes))) {
      Tensor copy = new Tensor(memory, 0, DType.F32, shape);
      stream.copy(copy, activation, bytes);
      stream.synchronize();
      probe.see(name, layer, copy, rows, cols);
    }
  }
}
