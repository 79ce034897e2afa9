package dev.wootz.model.rope;

/** How the frequencies of a rotary embedding are changed for longer contexts. */
public sealed interface RopeScaling {
  /** @param frequencies theta^(-2i/dim), highest first */
  double[] frequencies(double[] frequencies, double theta);

  /** What cosines and sines are multiplied by. */
  default double scale() {
    return 1;
  }

  /** As trained. */
  record None() implements RopeScaling {
    @Override
    public double[] frequencies(double[] frequencies, double theta) {
      return frequencies.clone();
    }
  }

  /** Position interpolation: every frequency divided by the factor. Chen et al., 2023. */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double[] frequencies(double[] frequencies, double theta) {
      double[] scaled = frequencies.clone();
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] /= factor;
      }
      return scaled;
    }
  }

  /**
   * Llama 3.1: wave lengths below {@code original / high} stay, those above {@code original / low} are stretched by the factor, and between
   * them the two are blended.
   */
  record Llama3(double factor, double low, double high, double original) implements RopeScaling {
    @Override
    public double[] frequencies(double[] frequencies, double theta) {
      double[] scaled = frequencies.clone();
      for (int i = 0; i < scaled.length; i++) {
        double length = 2 * Math.PI / frequencies[i];
        if (length > original / low) {
          scaled[i] = frequencies[i] / factor;
        } else if (length >= original / high) {
          double smooth = (original / length - low) / (high - low);
          scaled[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
        }
      }
      return scaled;
    }
  }

  /**
   * YaRN (Peng et al., 2023): frequencies that turn more than {@code betaFast} times over the original context stay, those that turn less
   * than {@code betaSlow} times are divided by the factor, a ramp between them.
   *
   * @param scale of cosines and sines, see {@link #attentionScale}
   * @param truncate whether the ends of the ramp are rounded outwards to whole pairs
   */
  record Yarn(double factor, double original, double betaFast, double betaSlow, double scale, boolean truncate) implements RopeScaling {
    /** 0.1 m ln(factor) + 1, the paper's temperature on the logits, taken into cosines and sines. */
    public static double attentionScale(double factor, double m) {
      return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }

    @Override
    public double[] frequencies(double[] frequencies, double theta) {
      int dim = 2 * frequencies.length;
      double low = pair(betaFast, dim, theta);
      double high = pair(betaSlow, dim, theta);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, dim - 1);
      if (low == high) {
        high += 0.001;
      }
      double[] scaled = new double[frequencies.length];
      for (int i = 0; i < scaled.length; i++) {
        double ramp = Math.min(Math.max((i - low) / (high - low), 0), 1);
        scaled[i] = frequencies[i] / factor * ramp + frequencies[i] * (1 - ramp);
      }
      return scaled;
    }

    /** The pair, as a real number, that turns so many times over the original context. */
    private double pair(double turns, int dim, double theta) {
      return dim * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }
  }
}
