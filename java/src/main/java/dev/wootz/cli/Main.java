package dev.wootz.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. Each subcommand is a class of its own. */
@Command(name = "wootz", mixinStandardHelpOptions = true, version = "wootz 0.1.0")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
