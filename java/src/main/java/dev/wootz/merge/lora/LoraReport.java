package dev.wootz.merge.lora;

import dev.wootz.tensor.DType;
import dev.wootz.tensor.Shape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an extraction did.
 *
 * @param rank the largest of the modules
 * @param modules sorted by name
 * @param uncovered tensors that differ and got no factors, sorted by name
 * @param bytesRead of both models
 * @param bytesWritten of the adapter's tensors
 */
public record LoraReport(
    Path folder,
    int rank,
    DType dtype,
    List<Module> modules,
    List<Uncovered> uncovered,
    long bytesRead,
    long bytesWritten,
    Duration elapsed,
    List<String> warnings) {

  /**
   * A weight W [out, in] that got factors: D = tuned - base is about B A.
   *
   * @param name of the module: the tensor's name without {@code .weight}
   * @param energy |D|^2
   * @param residual |D - B A|^2, with the factors as they are stored
   */
  public record Module(String name, Shape shape, int rank, double energy, double residual) {

    /** 1 - |D - B A|^2 / |D|^2: 1 when the factors say everything. */
    public double energyKept() {
      return 1 - residual / energy;
    }
  }

  /**
   * A tensor whose difference the factors leave out.
   *
   * @param energy |D|^2; NaN where its type has no arithmetic
   * @param saved whether the adapter has the tuned tensor whole
   */
  public record Uncovered(String name, Shape shape, Cause cause, double energy, boolean saved) {}

  /** Why a tensor gets no factors. */
  public enum Cause {
    /** A vector, a stack of matrices, an integer tensor. */
    NO_MATRIX,
    EMBEDDING,
    HEAD,
    /** A linear weight that no pattern names. */
    NOT_NAMED
  }

  /** Of all modules together; see {@link Module#energyKept}. */
  public double energyKept() {
    double energy = modules.stream().mapToDouble(Module::energy).sum();
    return 1 - modules.stream().mapToDouble(Module::residual).sum() / energy;
  }

  /** Of the whole difference of the two models, what the adapter leaves out because it covers no such tensor: 0 when it is saved whole. */
  public double energyUncovered() {
    double left = uncovered.stream().filter(tensor -> !tensor.saved()).mapToDouble(Uncovered::energy).filter(Double::isFinite).sum();
    double all = uncovered.stream().mapToDouble(Uncovered::energy).filter(Double::isFinite).sum();
    return left == 0 ? 0 : left / (all + modules.stream().mapToDouble(Module::energy).sum());
  }
}
