package dev.wootz.kernel;

import dev.wootz.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One model's part in {@link Kernels#mergeGta}: {@code wz_gta_model} of {@code wootz/merge.h}, where each field is explained.
 *
 * @param rescale factor on what is kept, 1 for none
 * @param key of {@link Kernels#philoxKey}
 * @param mask u8, one per element; only for {@link Sparsifier#KEEP_MASK}
 */
public record GtaModel(
    Tensor x,
    Sparsifier sparsifier,
    double weight,
    double rescale,
    boolean inverseProbability,
    MagnitudeRange range,
    long key,
    double density,
    double epsilon,
    @Nullable Tensor mask) {

  /** {@code wz_sparsifier}. */
  public enum Sparsifier {
    KEEP_ALL,
    KEEP_RANGE,
    KEEP_RANDOM,
    KEEP_RANKED,
    KEEP_MASK
  }

  /**
   * Magnitudes strictly between {@code low} and {@code high} (bits of non-negative float32, unsigned), and the first {@code lowTies}
   * ({@code highTies}) of those equal to a bound, of which {@code lowSeen} ({@code highSeen}) lie before this piece.
   */
  public record MagnitudeRange(int low, int high, long lowTies, long highTies, long lowSeen, long highSeen) {
    public static final MagnitudeRange ALL = new MagnitudeRange(0, -1, Long.MAX_VALUE, 0, 0, 0);
  }

  public static GtaModel keepAll(Tensor x, double weight) {
    return new GtaModel(x, Sparsifier.KEEP_ALL, weight, 1, false, MagnitudeRange.ALL, 0, 1, 0, null);
  }

  public static GtaModel keepRange(Tensor x, double weight, double rescale, MagnitudeRange range) {
    return new GtaModel(x, Sparsifier.KEEP_RANGE, weight, rescale, false, range, 0, 1, 0, null);
  }

  public static GtaModel keepRandom(Tensor x, double weight, double rescale, boolean inverseProbability, long key, double density) {
    return new GtaModel(x, Sparsifier.KEEP_RANDOM, weight, rescale, inverseProbability, MagnitudeRange.ALL, key, density, 0, null);
  }

  public static GtaModel keepRanked(
      Tensor x, double weight, double rescale, boolean inverseProbability, long key, double density, double epsilon) {
    return new GtaModel(x, Sparsifier.KEEP_RANKED, weight, rescale, inverseProbability, MagnitudeRange.ALL, key, density, epsilon, null);
  }

  public static GtaModel keepMask(Tensor x, double weight, double rescale, Tensor mask) {
    return new GtaModel(x, Sparsifier.KEEP_MASK, weight, rescale, false, MagnitudeRange.ALL, 0, 1, 0, mask);
  }
}
