package dev.wootz.model.rope;

/**
 * Rotary position embedding: pair i of a head turns by {@code position * frequencies[i]}, and cosines and sines are multiplied by {@code
 * scale}. Su et al., RoFormer, 2021.
 *
 * @param dim elements of a head that turn: twice the number of frequencies
 * @param interleaved whether pair i is elements (2i, 2i + 1), as in GGUF's Llama, instead of (i, i + dim / 2)
 */
public record RotaryEmbedding(int dim, double[] frequencies, double scale, boolean interleaved) {
  public RotaryEmbedding {
    if (dim <= 0 || dim % 2 != 0 || frequencies.length != dim / 2) {
      throw new IllegalArgumentException(dim + " rotating elements with " + frequencies.length + " frequencies");
    }
  }

  public static RotaryEmbedding of(int dim, double theta, RopeScaling scaling) {
    double[] frequencies = new double[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(theta, -2.0 * i / dim);
    }
    return new RotaryEmbedding(dim, scaling.frequencies(frequencies, theta), scaling.scale(), false);
  }

  /** The same with pairs of neighbours. */
  public RotaryEmbedding withInterleavedPairs() {
    return new RotaryEmbedding(dim, frequencies, scale, true);
  }

  /** Each frequency divided by a factor of its own, as GGUF's {@code rope_freqs.weight} has them. */
  public RotaryEmbedding dividedBy(float[] factors) {
    if (factors.length != frequencies.length) {
      throw new IllegalArgumentException(factors.length + " factors for " + frequencies.length + " frequencies");
    }
    double[] divided = frequencies.clone();
    for (int i = 0; i < divided.length; i++) {
      divided[i] /= factors[i];
    }
    return new RotaryEmbedding(dim, divided, scale, interleaved);
  }
}
