package dev.wootz.merge.lora;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an adapter holds of what fine-tuning changed.
 *
 * @param weights those that became factors, sorted by name
 * @param whole names of tensors that were saved whole
 * @param leftOut changes that are not in the adapter, a sentence each
 */
public record ExtractionReport(
    Path folder, List<Weight> weights, List<String> whole, List<String> leftOut, long bytes, Duration elapsed) {

  /**
   * One weight.
   *
   * @param energy squared Frobenius norm of the change
   * @param kept of it, by the factors
   */
  public record Weight(String name, int rank, double energy, double kept) {
    /** Between 0 and 1; 1 for a weight that has not changed. */
    public double share() {
      return energy == 0 ? 1 : kept / energy;
    }
  }

  /** Of the energy of all weights' changes together, between 0 and 1. */
  public double share() {
    double energy = weights.stream().mapToDouble(Weight::energy).sum();
    return energy == 0 ? 1 : weights.stream().mapToDouble(Weight::kept).sum() / energy;
  }
}
