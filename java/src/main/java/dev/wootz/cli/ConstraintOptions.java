package dev.wootz.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.chat.ChatException;
import dev.wootz.chat.Tool;
import dev.wootz.engine.grammar.Constraint;
import dev.wootz.engine.grammar.ConstraintException;
import dev.wootz.engine.grammar.SchemaJson;
import dev.wootz.engine.grammar.ToolChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the output may be. */
final class ConstraintOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** One at most. */
  static final class Kind {
    @Option(names = "--schema", paramLabel = "FILE", description = "Write JSON that meets this JSON schema.")
    private @Nullable Path schema;

    @Option(names = "--regex", paramLabel = "R", description = "Write text that this regular expression matches as a whole.")
    private @Nullable String regex;

    @Option(names = "--tools", paramLabel = "FILE",
        description = "A JSON list of tools, as templates know them: the prompt is a user's message, calls are well-formed and meet the tools' schemas.")
    private @Nullable Path tools;
  }

  @ArgGroup(exclusive = true)
  private @Nullable Kind kind;

  @Option(names = "--tool-choice", paramLabel = "C", description = "auto (default), required, or the name of the tool to call.")
  private @Nullable String choice;

  /** The tools of {@code --tools}, null without. */
  @Nullable List<Tool> tools() {
    if (kind == null || kind.tools == null) {
      return null;
    }
    Path file = kind.tools;
    JsonNode json = SchemaJson.read(file);
    JsonNode list = json.isObject() && json.has("tools") ? json.get("tools") : json;
    if (!list.isArray() || list.isEmpty()) {
      throw new ConstraintException(file + ": found no list of tools, expected [{\"name\": ..., \"parameters\": {...}}, ...]");
    }
    List<Tool> tools = new ArrayList<>();
    for (JsonNode tool : list) {
      try {
        tools.add(Tool.fromJson(tool));
      } catch (ChatException e) {
        throw new ConstraintException(file + ": " + e.getMessage());
      }
    }
    return tools;
  }

  /**
   * The constraint, null without one.
   *
   * @param reasoningOpen whether the prompt ends within the model's reasoning
   */
  @Nullable Constraint constraint(boolean reasoningOpen) {
    if (choice != null && (kind == null || kind.tools == null)) {
      throw new ParameterException(command.commandLine(), "found --tool-choice without --tools, expected the tools to choose from");
    }
    if (kind == null) {
      return null;
    }
    Kind given = kind;
    if (given.regex != null) {
      String regex = given.regex;
      return named("--regex", () -> Constraint.regex(regex));
    }
    if (given.schema != null) {
      JsonNode schema = SchemaJson.read(given.schema);
      return named(given.schema.toString(), () -> Constraint.jsonSchema(schema));
    }
    List<Tool> tools = tools();
    return tools == null ? null : named(String.valueOf(given.tools), () -> Constraint.toolCalls(tools, toolChoice(), reasoningOpen));
  }

  private ToolChoice toolChoice() {
    if (choice == null || choice.equals("auto")) {
      return ToolChoice.auto();
    }
    return choice.equals("required") ? ToolChoice.required() : ToolChoice.named(choice);
  }

  private static Constraint named(String where, Supplier<Constraint> making) {
    try {
      return making.get();
    } catch (ConstraintException e) {
      throw new ConstraintException(where + ": " + e.getMessage());
    }
  }
}
