package dev.wootz.cli;

import dev.wootz.kernel.CudaDevice;

/** {@code --device}: where merges run. */
enum Device {
  AUTO,
  CPU,
  CUDA;

  /** Says what is used where that is not what was asked for. */
  void announce(ProgressLine line) {
    if (this == CUDA) {
      String why =
          CudaDevice.find()
              .map(device -> "whole merges do not run on " + device.name() + " yet")
              .orElseGet(() -> "no CUDA device (" + CudaDevice.whyNone() + ")");
      line.message(why + ", using the CPU");
    }
  }
}
