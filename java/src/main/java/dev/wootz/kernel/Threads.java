package dev.wootz.kernel;

import dev.wootz.bindings.global.wootz;
import dev.wootz.bindings.wz_threads;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A pool of native threads for operations on whole arrays. Results never depend on its size. Several Java threads may share one: a caller that
 * finds it busy computes alone.
 */
public final class Threads implements AutoCloseable {
  private final int count;
  private wz_threads pool;

  private Threads(int count, wz_threads pool) {
    this.count = count;
    this.pool = pool;
  }

  /**
   * @param count 1 or more, the calling thread counted in
   */
  public static Threads of(int count) {
    try (PointerPointer<wz_threads> result = new PointerPointer<>(1)) {
      if (wootz.wz_threads_create(count, result) != wootz.WZ_OK) {
        throw new KernelException(wootz.wz_last_error().getString());
      }
      return new Threads(count, new wz_threads(result.get(0)));
    }
  }

  /** As many as the processors that this process may use. */
  public static Threads ofProcessors() {
    return of(Runtime.getRuntime().availableProcessors());
  }

  public int count() {
    return count;
  }

  /** Throws {@link IllegalStateException} after {@link #close}. */
  wz_threads pool() {
    if (pool.isNull()) {
      throw new IllegalStateException("this thread pool has been closed");
    }
    return pool;
  }

  @Override
  public void close() {
    if (!pool.isNull()) {
      wootz.wz_threads_free(pool);
      pool = new wz_threads();
    }
  }
}
