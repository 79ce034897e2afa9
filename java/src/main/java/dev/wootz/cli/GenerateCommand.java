package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.AssistantParser;
import dev.wootz.chat.AssistantReply;
import dev.wootz.chat.Message;
import dev.wootz.chat.Tags;
import dev.wootz.chat.Tool;
import dev.wootz.engine.Generation;
import dev.wootz.engine.Generation.Alternative;
import dev.wootz.engine.Generation.FinishReason;
import dev.wootz.engine.Generation.GeneratedToken;
import dev.wootz.engine.GenerationListener;
import dev.wootz.engine.GenerationRequest;
import dev.wootz.engine.LoadOptions;
import dev.wootz.engine.Model;
import dev.wootz.engine.Sampling;
import dev.wootz.model.lora.Adapter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "generate",
    header = "Continue a text.",
    description = {"", "The text appears as it is generated; Ctrl-C ends it. Without sampling options always the most probable token is taken.",
      "For a conversation see wootz chat.", ""},
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz generate --model M --prompt \"Once upon a time\" --max-tokens 100",
      "  wootz generate --model M --prompt - < prompt.txt            the prompt from standard input",
      "  wootz generate --model M --ids 1,403,407 --json             token ids in, token ids out",
      "  wootz generate --model M --prompt Hello -t 0.8 --top-p 0.95 --seed 7",
      "  wootz generate --model M --prompt \"A person:\" --schema person.json       JSON that meets a schema",
      "  wootz generate --model M --prompt \"Today is \" --regex '[0-9]{4}-[0-9]{2}-[0-9]{2}'",
      "  wootz generate --model M --prompt \"Weather in Rome?\" --tools tools.json --tool-choice required --json",
      "  wootz generate --model M --adapter my-lora --prompt Hello",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C."
    })
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapterOption;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Prompt prompt;

  /** Text or ids. */
  static final class Prompt {
    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "The text to continue; - reads it from standard input.")
    private @Nullable String text;

    @Option(names = "--ids", paramLabel = "ID", split = ",", description = "Token ids to continue, as they are.")
    private int @Nullable [] ids;
  }

  @Option(names = {"-n", "--max-tokens"}, paramLabel = "N", defaultValue = "512", converter = Count.class,
      description = "Most tokens to generate (default: 512).")
  private int maxTokens;

  @Mixin private SamplingOptions sampling;

  @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; may be given more than once.")
  private List<String> stop = List.of();

  @Option(names = "--ignore-eos", description = "Go on past the model's end tokens.")
  private boolean ignoreEnd;

  @Option(names = "--top-logprobs", paramLabel = "N", defaultValue = "0", description = "Report the N most probable tokens at each place (with --json).")
  private int topLogprobs;

  @Option(names = "--json", description = "One JSON object on standard output when all is done.")
  private boolean json;

  @Mixin private ConstraintOptions constraint;

  @Override
  public Integer call() {
    GenerationRequest plain = request();
    // What is wrong with it shows before the model is loaded.
    constraint.constraint(false);
    List<Tool> tools = constraint.tools();
    LoadOptions options = model.options();
    PrintWriter out = spec.commandLine().getOut();
    Cancellation cancellation = new Cancellation();
    GenerationListener listener = new Streaming(json ? null : out, cancellation);
    try (Model loaded = Model.load(model.model, options);
        Adapter adapter = adapterOption.open(loaded)) {
      String text = prompt.ids != null ? "" : tools == null || !loaded.hasChatTemplate() ? text() : rendered(loaded, tools);
      boolean rendered = tools != null && loaded.hasChatTemplate();
      int[] ids = prompt.ids != null ? prompt.ids : loaded.tokenizer().encode(text, !rendered, true);
      GenerationRequest request = plain.withConstraint(constraint.constraint(text.stripTrailing().endsWith(Tags.THINK))).withAdapter(adapter);
      Generation generation = Interrupt.during(cancellation::cancel, () -> loaded.generate(ids, request, listener));
      if (json) {
        ObjectNode report = report(generation, ids);
        if (tools != null) {
          AssistantReply reply = AssistantParser.of(tools).after(text).parse(generation.text());
          ArrayNode calls = report.putArray("tool_calls");
          reply.toolCalls().forEach(call -> calls.add(call.toJson()));
        }
        Json.print(report, out);
      } else {
        out.println();
        out.flush();
        spec.commandLine().getErr().println(rates(generation));
      }
      return generation.finishReason() == FinishReason.CANCELLED ? Failures.CANCELLED : 0;
    }
  }

  private GenerationRequest request() {
    try {
      return new GenerationRequest(maxTokens, sampling.over(Sampling.greedy()), stop, ignoreEnd, topLogprobs, null, null, null);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The prompt as a user's message, with the tools. */
  private String rendered(Model loaded, List<Tool> tools) {
    return loaded.chatTemplate().render(List.of(Message.user(text())), tools, Map.of("add_generation_prompt", true)).text();
  }

  private String text() {
    String text = prompt.text == null ? "" : prompt.text;
    if (!text.equals("-")) {
      return text;
    }
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Prints text as it comes. */
  record Streaming(@Nullable PrintWriter out, Cancellation cancellation) implements GenerationListener {
    @Override
    public void text(String piece) {
      if (out != null) {
        out.print(piece);
        out.flush();
      }
    }

    @Override
    public boolean cancelled() {
      return cancellation.cancelled();
    }
  }

  static String rates(Generation generation) {
    return String.format(
        Locale.ROOT,
        "[%d prompt tokens, %.1f/s; %d generated, %.1f/s; %s]",
        generation.promptTokens(),
        generation.prefillRate(),
        generation.tokens().size(),
        generation.decodeRate(),
        generation.finishReason().name().toLowerCase(Locale.ROOT));
  }

  private static ObjectNode report(Generation generation, int[] prompt) {
    ObjectNode report = Json.object();
    report.put("text", generation.text());
    ArrayNode ids = report.putArray("ids");
    ArrayNode logprobs = report.putArray("logprobs");
    for (GeneratedToken token : generation.tokens()) {
      ids.add(token.id());
      logprobs.add(token.logprob());
    }
    if (generation.tokens().stream().anyMatch(token -> !token.alternatives().isEmpty())) {
      ArrayNode tops = report.putArray("top_logprobs");
      for (GeneratedToken token : generation.tokens()) {
        ArrayNode top = tops.addArray();
        for (Alternative alternative : token.alternatives()) {
          top.addObject().put("id", alternative.id()).put("logprob", alternative.logprob());
        }
      }
    }
    report.put("finish_reason", generation.finishReason().name().toLowerCase(Locale.ROOT));
    ArrayNode promptIds = report.putArray("prompt_ids");
    Arrays.stream(prompt).forEach(promptIds::add);
    report.put("prompt_tokens", generation.promptTokens());
    report.put("prefill_seconds", generation.prefillSeconds());
    report.put("decode_seconds", generation.decodeSeconds());
    report.put("prefill_tokens_per_second", generation.prefillRate());
    report.put("decode_tokens_per_second", generation.decodeRate());
    return report;
  }
}
