package dev.wootz.cli;

import dev.wootz.chat.AssistantEvent;
import dev.wootz.chat.AssistantStream;
import dev.wootz.engine.Chat;
import dev.wootz.engine.GenerationListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Where a conversation is held: a terminal with line editing, history and colours, or plain input and output when standard input is no
 * terminal.
 */
final class ChatConsole implements AutoCloseable {
  private static final String PROMPT = "> ";
  private static final String DIM = "\033[2m";
  private static final String PLAIN = "\033[0m";

  private final PrintWriter out;
  private final @Nullable Terminal terminal;
  private final @Nullable LineReader lines;
  private final @Nullable BufferedReader input;

  private ChatConsole(PrintWriter out, @Nullable Terminal terminal, @Nullable LineReader lines, @Nullable BufferedReader input) {
    this.out = out;
    this.terminal = terminal;
    this.lines = lines;
    this.input = input;
  }

  static ChatConsole open(PrintWriter out) {
    if (System.console() == null) {
      return new ChatConsole(out, null, null, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    }
    try {
      Terminal terminal = TerminalBuilder.builder().system(true).build();
      LineReader lines =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("wootz")
              .variable(LineReader.HISTORY_FILE, history())
              .variable(LineReader.SECONDARY_PROMPT_PATTERN, ". ")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      return new ChatConsole(terminal.writer(), terminal, lines, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In the user's folder for what programs remember. */
  private static Path history() throws IOException {
    String state = System.getenv("XDG_STATE_HOME");
    Path folder = (state == null || state.isEmpty() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(state)).resolve("wootz");
    Files.createDirectories(folder);
    return folder.resolve("chat-history");
  }

  /** The next line, null at the end. A line that ends in a backslash goes on with the next. */
  @Nullable String read() {
    StringBuilder whole = new StringBuilder();
    for (String prompt = PROMPT; ; prompt = ". ") {
      String line = readLine(prompt);
      if (line == null) {
        return whole.isEmpty() ? null : whole.toString();
      }
      if (!line.endsWith("\\")) {
        return whole.append(line).toString();
      }
      whole.append(line, 0, line.length() - 1).append('\n');
    }
  }

  private @Nullable String readLine(String prompt) {
    if (input != null) {
      try {
        return input.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    while (lines != null) {
      try {
        return lines.readLine(prompt);
      } catch (UserInterruptException e) {
        // Ctrl-C at the prompt throws the line away, as in a shell.
      } catch (EndOfFileException e) {
        return null;
      }
    }
    return null;
  }

  /** A line about the conversation, on terminals only. */
  void note(String text) {
    if (terminal != null) {
      out.println(DIM + text + PLAIN);
      out.flush();
    }
  }

  /** An answer to a command. */
  void say(String text) {
    out.println(text);
    out.flush();
  }

  /** An answer as it comes; Ctrl-C ends it. */
  Answer answer(Chat chat) {
    return new Answer(chat);
  }

  /** Writes reasoning dimmed and text plain. */
  final class Answer implements GenerationListener, AutoCloseable {
    private final Chat chat;
    private final Cancellation cancellation = new Cancellation();
    private final @Nullable SignalHandler before;
    private boolean dim;

    /** Made with the first piece: only then is the message that is answered part of the conversation. */
    private @Nullable AssistantStream stream;

    private Answer(Chat chat) {
      this.chat = chat;
      this.before = terminal == null ? null : terminal.handle(Signal.INT, signal -> cancellation.cancel());
    }

    @Override
    public void text(String piece) {
      if (stream == null) {
        stream = chat.stream();
      }
      stream.feed(piece).forEach(this::show);
      out.flush();
    }

    @Override
    public boolean cancelled() {
      return cancellation.cancelled();
    }

    void finish() {
      if (stream != null) {
        stream.finish().forEach(this::show);
      }
      dim(false);
      out.println();
      out.flush();
    }

    private void show(AssistantEvent event) {
      if (event instanceof AssistantEvent.ReasoningDelta reasoning) {
        dim(true);
        out.print(reasoning.text());
      } else if (event instanceof AssistantEvent.TextDelta text) {
        if (dim) {
          dim(false);
          out.print("\n\n");
        }
        out.print(text.text());
      }
    }

    private void dim(boolean wanted) {
      if (terminal != null && wanted != dim) {
        out.print(wanted ? DIM : PLAIN);
      }
      dim = wanted;
    }

    @Override
    public void close() {
      if (terminal != null && before != null) {
        terminal.handle(Signal.INT, before);
      }
    }
  }

  @Override
  public void close() {
    if (terminal != null) {
      try {
        terminal.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
