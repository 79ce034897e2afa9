package dev.wootz.cli;

import dev.wootz.chat.Message;
import dev.wootz.engine.Chat;
import dev.wootz.engine.Generation;
import dev.wootz.engine.GenerationRequest;
import dev.wootz.engine.Model;
import dev.wootz.engine.Sampling;
import dev.wootz.model.lora.Adapter;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "chat",
    header = "Talk with a model.",
    description = {
      "",
      "Lines are edited as in a shell, with history; Ctrl-C ends an answer, Ctrl-D the conversation. /help lists the commands.",
      "When input is no terminal, each line is a message and only the answers are written.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz chat --model SmolLM2-135M-Instruct.Q4_1.gguf",
      "  wootz chat --model M --system \"Answer in one sentence.\" --temperature 0",
      "  wootz chat --model M --no-thinking                        for models that can be told not to think aloud",
      "  echo \"Why is the sky blue?\" | wootz chat --model M"
    })
final class ChatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapterOption;

  @Option(names = {"-s", "--system"}, paramLabel = "TEXT", description = "A system message before the conversation.")
  private @Nullable String system;

  @Option(names = "--thinking", negatable = true, description = "Tell the template to let the model think, or (--no-thinking) not to.")
  private @Nullable Boolean thinking;

  @Option(names = {"-n", "--max-tokens"}, paramLabel = "N", defaultValue = "4096", converter = Count.class,
      description = "Most tokens of an answer (default: 4096).")
  private int maxTokens;

  @Mixin private SamplingOptions sampling;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Model loaded = model.load();
        Adapter adapter = adapterOption.open(loaded);
        Chat chat = loaded.chat();
        ChatConsole console = ChatConsole.open(out)) {
      chat.request(GenerationRequest.defaults().withMaxTokens(maxTokens).withSampling(sampling(loaded)).withAdapter(adapter));
      if (thinking != null) {
        chat.templateArgument("enable_thinking", thinking);
      }
      if (system != null) {
        chat.add(Message.system(system));
      }
      console.note(banner(loaded, chat));
      ChatCommands commands = new ChatCommands(chat, console, system);
      for (String line = console.read(); line != null; line = console.read()) {
        if (line.isBlank()) {
          continue;
        }
        switch (commands.run(line.strip())) {
          case QUIT -> {
            return 0;
          }
          case DONE -> {}
          case ANSWER -> answer(chat, console, null);
          case MESSAGE -> answer(chat, console, line);
        }
      }
    }
    return 0;
  }

  private Sampling sampling(Model loaded) {
    try {
      return sampling.over(loaded.recommendedSampling());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static void answer(Chat chat, ChatConsole console, @Nullable String message) {
    try (ChatConsole.Answer answer = console.answer(chat)) {
      Generation generation = message == null ? chat.answer(answer) : chat.say(message, answer);
      answer.finish();
      console.note(
          String.format(
              Locale.ROOT, "%s  context %d of %d", GenerateCommand.rates(generation), chat.tokens(), chat.context()));
    } catch (RuntimeException e) {
      // One answer failed, the conversation goes on: the context is full, or a template refuses what was said.
      console.note(Failures.message(e));
    }
  }

  private static String banner(Model model, Chat chat) {
    Sampling how = chat.request().sampling();
    return String.format(
        Locale.ROOT, "%s on %s, %d threads, context %d, temperature %s, top-p %s. /help for commands, Ctrl-D to leave.",
        model.path().getFileName(), model.backend().describe(), model.options().threads(), chat.context(), how.temperature(), how.topP());
  }

  /** For the help of /set. */
  static final List<String> SETTINGS = List.of("temperature", "top-k", "top-p", "min-p", "seed", "max-tokens");
}
