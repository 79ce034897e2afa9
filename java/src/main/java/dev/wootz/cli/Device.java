package dev.wootz.cli;

/** {@code --device}. */
enum Device {
  AUTO,
  CPU,
  CUDA;

  /** Says what is used where that is not what was asked for. */
  void announce(ProgressLine line) {
    if (this == CUDA) {
      line.message("no CUDA device, using the CPU");
    }
  }
}
