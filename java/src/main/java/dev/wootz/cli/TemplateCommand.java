package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.ChatException;
import dev.wootz.chat.ChatTemplate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "template",
    header = "Render conversations with a model's chat template.",
    description = {
      "",
      "FILE holds a JSON list of messages, or an object with \"messages\" and, if need be, \"tools\" and \"kwargs\". With --jsonl,",
      "each line of standard input is such an object, answered at once by a line {\"text\": ...} or {\"error\": \"line N: ...\"}.",
      "",
      "kwargs are the template's arguments, as transformers' apply_chat_template takes them: add_generation_prompt,",
      "continue_final_message, enable_thinking, documents, bos_token, ...",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz template --model Qwen3-0.6B/ --add-generation-prompt messages.json",
      "  wootz template --model model.gguf --kwargs '{\"enable_thinking\": false}' messages.json",
      "  echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | wootz template --template chat.jinja --jsonl",
      "",
      "Exit codes: 0 done; 1 the template cannot be read or rendered, or a line was answered by an error; 2 wrong usage."
    })
final class TemplateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;

  @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The conversation; - for standard input.")
  private @Nullable String file;

  @Option(names = {"-m", "--model"}, paramLabel = "M",
      description = "A Hugging Face folder or a .gguf file, whose template and special tokens are used.")
  private @Nullable Path model;

  @Option(names = "--template", paramLabel = "FILE.jinja",
      description = "This template instead of the model's; without --model, no special tokens.")
  private @Nullable Path template;

  @Option(names = "--jsonl", description = "Read conversations from standard input, one a line, and answer each with a line.")
  private boolean jsonLines;

  @Option(names = "--kwargs", paramLabel = "JSON", defaultValue = "{}", description = "Arguments for every conversation; its own go first.")
  private String kwargs;

  @Option(names = "--add-generation-prompt", description = "End where the assistant is to answer.")
  private boolean addGenerationPrompt;

  @Override
  public Integer call() throws IOException {
    if (jsonLines == (file != null)) {
      throw new ParameterException(spec.commandLine(), "give either --jsonl or a FILE with a conversation");
    }
    if (model == null && template == null) {
      throw new ParameterException(spec.commandLine(), "give --model, --template or both");
    }
    ObjectNode arguments = arguments();
    ChatTemplate chat = ChatTemplates.of(model, template);
    PrintWriter out = spec.commandLine().getOut();
    if (jsonLines) {
      return JsonLines.answer(System.in, out, line -> Json.object().put("text", render(chat, line, arguments))) ? 0 : Failures.FAILED;
    }
    out.print(render(chat, Json.parse(conversation()), arguments));
    out.flush();
    return 0;
  }

  private ObjectNode arguments() {
    try {
      if (Json.parse(kwargs) instanceof ObjectNode arguments) {
        if (addGenerationPrompt) {
          arguments.put("add_generation_prompt", true);
        }
        return arguments;
      }
    } catch (ChatException e) {
      throw new ParameterException(spec.commandLine(), "--kwargs: " + e.getMessage(), e);
    }
    throw new ParameterException(spec.commandLine(), "--kwargs must be a JSON object");
  }

  private String conversation() throws IOException {
    if (file == null || file.equals("-")) {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return Files.readString(Path.of(file));
  }

  private static String render(ChatTemplate chat, JsonNode conversation, ObjectNode defaults) {
    JsonNode messages = conversation.isArray() ? conversation : conversation.path("messages");
    JsonNode tools = conversation.path("tools");
    JsonNode own = conversation.path("kwargs");
    if (!(messages instanceof ArrayNode list)) {
      throw new ChatException("expected a list of messages, or an object with the key \"messages\"");
    }
    if (!tools.isArray() && !tools.isNull() && !tools.isMissingNode()) {
      throw new ChatException("\"tools\" must be a list or null");
    }
    if (!own.isObject() && !own.isNull() && !own.isMissingNode()) {
      throw new ChatException("\"kwargs\" must be an object or null");
    }
    ObjectNode arguments = defaults.deepCopy();
    own.properties().forEach(field -> arguments.set(field.getKey(), field.getValue()));
    return chat.render(list, tools instanceof ArrayNode array ? array : null, arguments).text();
  }
}
