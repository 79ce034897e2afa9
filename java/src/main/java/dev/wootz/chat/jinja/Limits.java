package dev.wootz.chat.jinja;

/**
 * What one rendering may use, so that no template, however hostile, hangs or exhausts the JVM.
 *
 * @param work evaluated nodes, plus what is made and searched on the way: four for an element of a list, one for every four characters of a
 *     text; a real template needs a few hundred for each message
 * @param depth nested expressions, statements and macro calls
 * @param characters of one text, the output included
 */
public record Limits(long work, int depth, int characters) {
  /** A few seconds at the most, and 32 million characters. */
  public static final Limits DEFAULT = new Limits(1L << 25, 1000, 1 << 25);
}
