package dev.wootz.cli;

import dev.wootz.chat.ChatException;
import dev.wootz.chat.jinja.TemplateException;
import dev.wootz.engine.ContextFullException;
import dev.wootz.engine.grammar.ConstraintException;
import dev.wootz.format.FormatException;
import dev.wootz.kernel.DeviceException;
import dev.wootz.kernel.KernelException;
import dev.wootz.merge.MergeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line for people and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** diff(1) ends so when it cannot compare. */
  static final int TROUBLE = 2;

  /** 128 + SIGINT, as a shell reports a program ended by Ctrl-C. */
  static final int CANCELLED = 130;

  /** Whose messages are written for the user. */
  private static final List<Class<? extends RuntimeException>> SAID_WELL =
      List.of(MergeException.class, FormatException.class, KernelException.class, DeviceException.class, ContextFullException.class, TemplateException.class, ChatException.class,
          ConstraintException.class);

  private final String[] arguments;

  Failures(String[] arguments) {
    this.arguments = arguments;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    return report(failure, command.getErr());
  }

  /** Also for what is thrown as an Error. */
  int report(Throwable failure, PrintWriter err) {
    if (failure instanceof DiffTrouble) {
      report(failure.getCause(), err);
      return TROUBLE;
    }
    if (failure instanceof CancellationException) {
      return CANCELLED;
    }
    err.println("wootz: " + message(failure));
    if (stacktrace()) {
      failure.printStackTrace(err);
    }
    err.flush();
    return FAILED;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("wootz: " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return USAGE;
  }

  private boolean stacktrace() {
    return Arrays.asList(arguments).contains("--stacktrace") || !System.getenv().getOrDefault("WOOTZ_DEBUG", "").isEmpty();
  }

  static String message(Throwable failure) {
    String text = failure.getMessage();
    if (SAID_WELL.stream().anyMatch(type -> type.isInstance(failure))) {
      return text;
    }
    if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return message(unchecked.getCause());
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or folder";
    }
    if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied";
    }
    if (failure instanceof FileAlreadyExistsException existing) {
      return existing.getFile() + ": already exists";
    }
    if (failure instanceof IOException) {
      return text == null ? failure.toString() : text;
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory: " + text;
    }
    if (failure instanceof UnsatisfiedLinkError || failure instanceof NoClassDefFoundError) {
      return "the native library does not load on this system: " + text;
    }
    return "a defect of Wootz: " + failure + " (run again with --stacktrace and report it)";
  }
}
