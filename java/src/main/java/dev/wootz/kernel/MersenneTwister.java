package dev.wootz.kernel;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_mt19937;
import dev.wootz.tensor.Tensor;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** The MT19937 generator (Matsumoto and Nishimura 1998) at some place of its sequence; only mergekit's masks are drawn from it. */
public final class MersenneTwister implements AutoCloseable {
  private final wz_mt19937 generator;

  private MersenneTwister(PointerPointer<Pointer> created) {
    this.generator = new wz_mt19937(created.get(0));
  }

  /** {@code init_genrand(seed mod 2^32)}. */
  public static MersenneTwister seeded(long seed) {
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      check(wootz.wz_mt19937_create(seed, result));
      return new MersenneTwister(result);
    }
  }

  /** A second generator at the same place of the same sequence. */
  public MersenneTwister copy() {
    try (PointerPointer<Pointer> result = new PointerPointer<>(1)) {
      check(wootz.wz_mt19937_copy(generator, result));
      return new MersenneTwister(result);
    }
  }

  /** Passes over {@code n} outputs. */
  public void skip(long n) {
    check(wootz.wz_mt19937_skip(generator, n));
  }

  /**
   * keep[i] = u &lt; p[i], u = the low 24 bits of the next output / 2^24.
   *
   * @param keep u8
   * @param p f32 of as many elements, or of one
   */
  public void keep(Tensor keep, Tensor p) {
    if (p.elements() != 1) {
      NativeArguments.sameElements(keep.elements(), p, "p");
    }
    check(
        wootz.wz_mt19937_keep(generator, NativeArguments.bytes(keep), NativeArguments.floats(p), p.elements(), keep.elements()));
  }

  @Override
  public void close() {
    if (!generator.isNull()) {
      wootz.wz_mt19937_free(generator);
      generator.setNull();
    }
  }

  private static void check(int status) {
    if (status != wootz.WZ_OK) {
      throw new KernelException(wootz.wz_last_error().getString());
    }
  }
}
