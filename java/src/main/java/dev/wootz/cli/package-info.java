/** The command line: one class per subcommand, and what they share. The only package that knows picocli. */
@NullMarked
package dev.wootz.cli;

import org.jspecify.annotations.NullMarked;
