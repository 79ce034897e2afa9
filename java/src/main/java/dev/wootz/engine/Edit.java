package dev.wootz.engine;

/**
 * A change in the midst of a {@link Sequence}: tokens {@code [from, to)} give way to others, and what follows stays. Immutable; {@code
 * replace} and {@code cut} begin one, the other methods give changed copies.
 *
 * <pre>{@code
 * sequence.edit(Edit.replace(from, to, summary));             // shifts a long rest and computes it anew in the background
 * sequence.edit(Edit.replace(from, to, summary).exact());     // what follows is computed anew before the call returns
 * sequence.edit(Edit.cut(from, to).redacted());               // exact, and no trace of the old tokens stays in memory
 * }</pre>
 *
 * @param from the first token that goes
 * @param to the first that stays
 * @param replacement what comes in its place, perhaps nothing
 * @param mode what becomes of the keys and values that follow
 * @param redact whether the keys and values of everything from {@code from} on are overwritten, and forgotten by the prefix tree
 * @param repair tokens after the replacement that a shift computes anew, as the first ones depend most on what is before them (Hu et al., EPIC
 *     / LegoLink, 2024)
 */
public record Edit(int from, int to, int[] replacement, Mode mode, boolean redact, int repair) {
  /** What becomes of the keys and values after an edit. */
  public enum Mode {
    /** Those of a short rest, up to {@link #EXACT_LIMIT} tokens, are computed anew; those of a longer one are shifted and rebuilt. */
    AUTOMATIC,
    /** All are computed anew: bit for bit those of a fresh sequence. */
    EXACT,
    /** Keys rotate to their new positions, values stay: at once, but they still know of the tokens that are gone. */
    SHIFTED,
    /** Shifted at once; computed anew while nothing else is to do, then the exact ones take the shifted ones' place. */
    SHIFTED_THEN_EXACT
  }

  /** Rests up to so many tokens are computed anew by {@link Mode#AUTOMATIC}. */
  public static final int EXACT_LIMIT = 2048;

  /** Tokens that a shift computes anew unless told otherwise. */
  public static final int DEFAULT_REPAIR = 16;

  public Edit {
    if (from < 0 || to < from || repair < 0) {
      throw new IllegalArgumentException("tokens [" + from + ", " + to + "), repair " + repair + ": expected 0 <= from <= to and 0 or more");
    }
    if (redact && (mode == Mode.SHIFTED || mode == Mode.SHIFTED_THEN_EXACT)) {
      throw new IllegalArgumentException("a redaction is exact: shifted keys and values would still know of what is gone");
    }
    replacement = replacement.clone();
  }

  public static Edit replace(int from, int to, int... replacement) {
    return new Edit(from, to, replacement, Mode.AUTOMATIC, false, DEFAULT_REPAIR);
  }

  public static Edit cut(int from, int to) {
    return replace(from, to);
  }

  public static Edit insert(int at, int... tokens) {
    return replace(at, at, tokens);
  }

  public Edit exact() {
    return new Edit(from, to, replacement, Mode.EXACT, redact, repair);
  }

  public Edit shifted() {
    return new Edit(from, to, replacement, Mode.SHIFTED, redact, repair);
  }

  public Edit shiftedThenExact() {
    return new Edit(from, to, replacement, Mode.SHIFTED_THEN_EXACT, redact, repair);
  }

  public Edit redacted() {
    return new Edit(from, to, replacement, Mode.EXACT, true, repair);
  }

  public Edit withRepair(int tokens) {
    return new Edit(from, to, replacement, mode, redact, tokens);
  }

  @Override
  public int[] replacement() {
    return replacement.clone();
  }

  /** How many tokens the rest moves. */
  int delta() {
    return replacement.length - (to - from);
  }
}
