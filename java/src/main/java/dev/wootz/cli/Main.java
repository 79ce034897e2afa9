package dev.wootz.cli;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code wootz}: finds the subcommand, runs it, turns failures into one line and an exit code. */
@Command(
    name = "wootz",
    header = "Merges and runs edge-scale language models on native kernels.",
    description = "",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz merge java/examples/forgetting/repair.yml out/",
      "  wootz generate --model out/ --prompt \"Once upon a time\"",
      "  wootz chat --model SmolLM2-135M-Instruct.Q4_1.gguf",
      "  wootz inspect java/examples/forgetting/base --diff out/",
      "  wootz init-model qwen3-0.6b base",
      "",
      "wootz COMMAND --help explains a command. From the sources, ./wootz test runs every test."
    })
public final class Main implements Runnable {
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("merge", MergeCommand::new);
    COMMANDS.put("generate", GenerateCommand::new);
    COMMANDS.put("chat", ChatCommand::new);
    COMMANDS.put("score", ScoreCommand::new);
    COMMANDS.put("embed", EmbedCommand::new);
    COMMANDS.put("perplexity", PerplexityCommand::new);
    COMMANDS.put("bench", BenchCommand::new);
    COMMANDS.put("inspect", InspectCommand::new);
    COMMANDS.put("convert", ConvertCommand::new);
    COMMANDS.put("quantize", QuantizeCommand::new);
    COMMANDS.put("init-model", InitModelCommand::new);
    COMMANDS.put("extract-lora", ExtractLoraCommand::new);
    COMMANDS.put("tokenize", TokenizeCommand::new);
    COMMANDS.put("template", TemplateCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
  }

  @Spec private CommandSpec spec;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and end.")
  private boolean help;

  @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show versions and end.")
  private boolean version;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments, writer(System.out), writer(System.err)));
  }

  /** ASCII is what a system without a locale claims, such as a container; what reads from it takes UTF-8. */
  private static PrintWriter writer(PrintStream stream) {
    Charset told = Charset.defaultCharset();
    Charset charset = told.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : told;
    return new PrintWriter(new BufferedWriter(new OutputStreamWriter(stream, charset)));
  }

  /** The exit code. */
  static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    Failures failures = new Failures(arguments);
    try {
      CommandLine command = new CommandLine(new Main());
      // Picocli reads a command by reflection, which takes longer than merging a small model: only what is called is read.
      List<String> called = arguments.length > 0 && COMMANDS.containsKey(arguments[0]) ? List.of(arguments[0]) : List.copyOf(COMMANDS.keySet());
      called.forEach(name -> command.addSubcommand(name, COMMANDS.get(name).get()));
      command.setOut(out);
      command.setErr(err);
      command.setCaseInsensitiveEnumValuesAllowed(true);
      command.setExecutionExceptionHandler(failures);
      command.setParameterExceptionHandler(failures);
      command.setUsageHelpAutoWidth(false);
      command.setUsageHelpWidth(120);
      return command.execute(arguments);
    } catch (Error e) {
      return failures.report(e, err);
    } finally {
      out.flush();
      err.flush();
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? " + String.join(", ", spec.subcommands().keySet()));
  }
}
