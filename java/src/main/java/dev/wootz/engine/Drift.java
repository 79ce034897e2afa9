package dev.wootz.engine;

/**
 * How far an edited sequence is from a fresh one with the same tokens: over the next tokens, which the fresh one chooses greedily, the
 * Kullback-Leibler divergence KL(fresh || edited) of the distributions of the next token, in nats.
 *
 * @param tokens how many were compared
 * @param meanKl mean
 * @param p99Kl 99th percentile
 * @param sameTop share of places where both have the same most probable token
 */
public record Drift(int tokens, double meanKl, double p99Kl, double sameTop) {
  /** A mean divergence above this calls for an exact rebuild. */
  public static final double ALARM = 0.05;

  public boolean alarming() {
    return meanKl > ALARM;
  }
}
