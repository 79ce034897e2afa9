package dev.wootz.engine;

/** What an engine has done so far, see {@link EngineFigures}. For the engine's thread, or under its lock. */
final class EngineCounts {
  long submitted;
  long completed;
  long cancelled;
  long refused;
  long failed;
  long preempted;
  long steps;
  long computedTokens;
  long generatedTokens;
  long prefixTokens;
}
