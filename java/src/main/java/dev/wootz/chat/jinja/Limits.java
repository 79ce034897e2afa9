package dev.wootz.chat.jinja;

/**
 * What one rendering may use, so that no template, however hostile, hangs or exhausts the JVM.
 *
 * @param work evaluated nodes, plus one for each element and for every four characters that are made on the way; a real template needs a
 *     few hundred for each message
 * @param depth nested expressions, statements and macro calls
 * @param characters of one text, the output included
 */
public record Limits(long work, int depth, int characters) {
  /** About two seconds at the most, and 32 million characters. */
  public static final Limits DEFAULT = new Limits(1L << 26, 1000, 1 << 25);
}
