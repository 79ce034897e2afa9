package dev.wootz.engine;

import dev.wootz.engine.Generation.GeneratedToken;

/** Follows a generation, on the thread that generates. */
public interface GenerationListener {
  /** Follows nothing. */
  GenerationListener NONE = new GenerationListener() {};

  /** Whole characters as they become certain: never half a character, never a part of what may become a stop string. */
  default void text(String piece) {}

  default void token(GeneratedToken token) {}

  /** Asked before each token and between chunks of the prompt: true ends the generation. */
  default boolean cancelled() {
    return false;
  }
}
