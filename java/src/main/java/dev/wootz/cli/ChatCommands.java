package dev.wootz.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.wootz.chat.Message;
import dev.wootz.chat.Role;
import dev.wootz.engine.Chat;
import dev.wootz.engine.GenerationRequest;
import dev.wootz.engine.Sampling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The lines of a conversation that begin with a slash. */
final class ChatCommands {
  /** What is to be done after a line. */
  enum Outcome {
    MESSAGE,
    ANSWER,
    DONE,
    QUIT
  }

  private static final String HELP =
      """
      /clear            begin anew
      /retry            another answer to the last message
      /undo             take back the last message and its answer
      /system TEXT      begin anew with this system message
      /set NAME VALUE   temperature, top-k, top-p, min-p, seed, max-tokens; without arguments shows them
      /save FILE        write the conversation as JSON
      /quit             leave (Ctrl-D)
      A line that ends in \\ goes on with the next. Ctrl-C ends an answer.""";

  private final Chat chat;
  private final ChatConsole console;
  private @Nullable String system;

  ChatCommands(Chat chat, ChatConsole console, @Nullable String system) {
    this.chat = chat;
    this.console = console;
    this.system = system;
  }

  Outcome run(String line) {
    if (!line.startsWith("/")) {
      return Outcome.MESSAGE;
    }
    String[] words = line.split("\\s+", 2);
    String rest = words.length > 1 ? words[1] : "";
    try {
      return run(words[0], rest);
    } catch (IllegalArgumentException | UncheckedIOException e) {
      console.say(Failures.message(e));
      return Outcome.DONE;
    }
  }

  private Outcome run(String command, String rest) {
    switch (command) {
      case "/help" -> console.say(HELP);
      case "/quit", "/exit", "/bye" -> {
        return Outcome.QUIT;
      }
      case "/clear" -> clear();
      case "/system" -> {
        system = rest.isEmpty() ? null : rest;
        clear();
      }
      case "/undo" -> {
        if (!chat.undo()) {
          console.say("there is no message to take back");
        }
      }
      case "/retry" -> {
        return retry();
      }
      case "/set" -> set(rest);
      case "/save" -> save(rest);
      default -> console.say("unknown command " + command + "; /help lists them");
    }
    return Outcome.DONE;
  }

  private void clear() {
    chat.clear();
    if (system != null) {
      chat.add(Message.system(system));
    }
  }

  private Outcome retry() {
    Message last = null;
    for (Message message : chat.messages()) {
      last = message.role() == Role.USER ? message : last;
    }
    if (last == null) {
      console.say("there is no message to answer again");
      return Outcome.DONE;
    }
    chat.undo();
    chat.add(last);
    Sampling how = chat.request().sampling();
    chat.request(chat.request().withSampling(how.withSeed(how.seed() + 1)));
    return Outcome.ANSWER;
  }

  private void set(String rest) {
    GenerationRequest request = chat.request();
    Sampling how = request.sampling();
    if (rest.isEmpty()) {
      console.say(
          "temperature " + how.temperature() + "  top-k " + how.topK() + "  top-p " + how.topP() + "  min-p " + how.minP() + "  seed " + how.seed()
              + "  max-tokens " + request.maxTokens());
      return;
    }
    String[] words = rest.split("\\s+");
    if (words.length != 2) {
      throw new IllegalArgumentException("expected /set NAME VALUE, found /set " + rest);
    }
    try {
      chat.request(
          switch (words[0]) {
            case "temperature" -> request.withSampling(how.withTemperature(Double.parseDouble(words[1])));
            case "top-k" -> request.withSampling(how.withTopK(Integer.parseInt(words[1])));
            case "top-p" -> request.withSampling(how.withTopP(Double.parseDouble(words[1])));
            case "min-p" -> request.withSampling(how.withMinP(Double.parseDouble(words[1])));
            case "seed" -> request.withSampling(how.withSeed(Long.parseLong(words[1])));
            case "max-tokens" -> request.withMaxTokens(Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException("unknown setting " + words[0] + ", expected one of " + String.join(", ", ChatCommand.SETTINGS));
          });
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(words[0] + ": found " + words[1] + ", expected a number");
    }
  }

  private void save(String file) {
    if (file.isEmpty()) {
      throw new IllegalArgumentException("expected /save FILE");
    }
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode messages = mapper.createArrayNode();
    chat.messages().forEach(message -> messages.add(message.toJson()));
    try {
      Files.writeString(Path.of(file), mapper.writerWithDefaultPrettyPrinter().writeValueAsString(messages) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    console.say("wrote " + chat.messages().size() + " messages to " + file);
  }
}
