package dev.wootz.merge.kit;

import dev.wootz.tensor.DType;
import java.util.Random;

/** Weights as fine-tuning leaves them: a base, and models that differ from it by a little at most places. */
public final class RandomModels {
  private final DType type;
  private final Random random;
  private final float[] base;

  public RandomModels(DType type, int elements, long seed) {
    this.type = type;
    this.random = new Random(seed);
    this.base = new float[elements];
    for (int i = 0; i < elements; i++) {
      base[i] = Elements.round(type, 0.05 * random.nextGaussian());
    }
  }

  public float[] base() {
    return base;
  }

  /** Base + N(0, deviation), a sixth of the elements equal to the base's. */
  public float[] tuned(double deviation) {
    float[] x = new float[base.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextInt(6) == 0 ? base[i] : Elements.round(type, base[i] + deviation * random.nextGaussian());
    }
    return x;
  }
}
