package dev.wootz.cli;

import picocli.CommandLine.Option;

/** What every subcommand understands; {@link Failures} looks for --stacktrace itself, for it also reports what cannot be parsed. */
final class CommonOptions {
  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and end.")
  private boolean help;

  @Option(names = "--stacktrace", description = "Show where in the program an error arose (also: WOOTZ_DEBUG=1).")
  private boolean stacktrace;
}
