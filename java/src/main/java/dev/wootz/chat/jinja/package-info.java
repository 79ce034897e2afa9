/**
 * The part of the Jinja template language that chat templates are written in, interpreted with Python's semantics: what a template prints
 * here is what Jinja2 prints in the sandbox that Hugging Face's transformers sets up for it.
 *
 * <p>A template sees text, numbers, lists and maps that were made for it, never an object of the JVM, and every run has a bound on its
 * work, depth and output ({@link dev.wootz.chat.jinja.Limits}). All that goes wrong is a {@link dev.wootz.chat.jinja.TemplateException}
 * with line and column.
 *
 * <p>Values: {@code None}, {@code Boolean}, {@code Long} or {@code BigInteger}, {@code Double}, {@code String} or {@code Markup}, {@code
 * List}, {@code Tuple}, {@code Dict}, {@code Range}, {@code Generator}, {@code DictView}, {@code Namespace}, {@code Loop}, {@code Cycler},
 * {@code Callable} and {@code Undefined}.
 *
 * <p>Left out, and refused by name: template inheritance, includes and imports, recursive loops, autoescaping.
 */
@NullMarked
package dev.wootz.chat.jinja;

import org.jspecify.annotations.NullMarked;
