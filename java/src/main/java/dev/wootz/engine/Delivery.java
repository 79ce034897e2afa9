package dev.wootz.engine;

import dev.wootz.engine.Generation.GeneratedToken;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a request generates to its listener, in order and one call at a time, on threads that may wait for it: a slow listener holds up
 * its own request, which pauses when {@link #MOST_WAITING} calls wait, and no other.
 */
final class Delivery implements GenerationListener {
  /** Calls that may wait before the request pauses; it goes on when half of them are done. */
  static final int MOST_WAITING = 256;

  private final GenerationListener listener;
  private final Executor executor;
  private final Runnable onRoom;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean running;
  private boolean paused;
  private volatile @Nullable RuntimeException failure;

  /** @param onRoom is run when a request that paused can go on */
  Delivery(GenerationListener listener, Executor executor, Runnable onRoom) {
    this.listener = listener;
    this.executor = executor;
    this.onRoom = onRoom;
  }

  @Override
  public void text(String piece) {
    if (listener != GenerationListener.NONE) {
      enqueue(() -> listener.text(piece));
    }
  }

  @Override
  public void token(GeneratedToken token) {
    if (listener != GenerationListener.NONE) {
      enqueue(() -> listener.token(token));
    }
  }

  @Override
  public boolean cancelled() {
    return listener.cancelled();
  }

  /** Runs after everything else; at once where nobody listens. */
  void last(Runnable action) {
    if (listener == GenerationListener.NONE) {
      action.run();
    } else {
      enqueueAlways(action);
    }
  }

  /** Whether too much waits for the listener. */
  synchronized boolean paused() {
    paused |= waiting.size() >= MOST_WAITING;
    return paused;
  }

  /** What the listener threw; it hears nothing more after that. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  private void enqueue(Runnable call) {
    enqueueAlways(
        () -> {
          if (failure == null) {
            try {
              call.run();
            } catch (RuntimeException e) {
              failure = e;
            }
          }
        });
  }

  private synchronized void enqueueAlways(Runnable call) {
    waiting.add(call);
    if (!running) {
      running = true;
      executor.execute(this::drain);
    }
  }

  private void drain() {
    while (true) {
      Runnable call;
      boolean resumes = false;
      synchronized (this) {
        call = waiting.poll();
        if (call == null) {
          running = false;
          return;
        }
        if (paused && waiting.size() <= MOST_WAITING / 2) {
          paused = false;
          resumes = true;
        }
      }
      if (resumes) {
        onRoom.run();
      }
      call.run();
    }
  }
}
