package dev.wootz.merge;

/** Whose numbers a merge gives. */
public enum Mode {
  /** float32 inside (float64 when a float32 tensor is involved), one rounding at the end, counter-based randomness. */
  WOOTZ,
  /** mergekit's rounding points, quirks and random number stream, so that outputs can be compared bit for bit. */
  MERGEKIT
}
