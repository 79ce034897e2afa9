package dev.wootz.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.Model;
import dev.wootz.engine.ParallelThroughput;
import dev.wootz.engine.Throughput;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
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
    name = "bench",
    header = "Measure prompt and generation speed.",
    description = {
      "",
      "Prefill: a prompt of --prompt-tokens after --depth tokens of context. Decode: --generate-tokens tokens, one at a time, after --depth",
      "tokens. Random tokens, one round to warm up, then --rounds of each, interleaved; medians and the spread from lowest to highest.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  wootz bench --model M",
      "  wootz bench --model M --prompt-tokens 512 --generate-tokens 128 --threads 2 --json",
      "  wootz bench --model M --depth 4096                        with 4096 tokens of context before",
      "  wootz bench --model M --batch 8                           eight sequences at a time",
      "  wootz bench --model M --parallel 8 --json                 eight requests at a time, through the engine"
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ModelOptions model;

  @Option(names = {"-p", "--prompt-tokens"}, paramLabel = "N", defaultValue = "512", converter = Count.class,
      description = "Tokens of the prompt (default: 512).")
  private int promptTokens;

  @Option(names = {"-n", "--generate-tokens"}, paramLabel = "N", defaultValue = "128", converter = Count.class,
      description = "Tokens to generate (default: 128).")
  private int generateTokens;

  @Option(names = {"-d", "--depth"}, paramLabel = "N", defaultValue = "0", description = "Tokens of context before (default: 0).")
  private int depth;

  @Option(names = {"-b", "--batch"}, paramLabel = "N", defaultValue = "1", converter = Count.class,
      description = "Sequences at a time (default: 1).")
  private int batch;

  @Option(names = "--parallel", paramLabel = "N", converter = Count.class,
      description = "Requests at a time, through the engine; rates are those of all together.")
  private @Nullable Integer parallel;

  @Option(names = {"-r", "--rounds"}, paramLabel = "N", defaultValue = "5", converter = Count.class,
      description = "How often each is measured (default: 5).")
  private int rounds;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  @Override
  public Integer call() {
    if (parallel != null) {
      if (batch > 1) {
        throw new ParameterException(spec.commandLine(), "--batch and --parallel measure the same through different doors: give one of them");
      }
      return parallel(parallel);
    }
    long began = System.nanoTime();
    try (Model loaded = model.load();
        Throughput throughput = loaded.throughput(batch, depth + Math.max(promptTokens, generateTokens))) {
      double loadSeconds = (System.nanoTime() - began) * 1e-9;
      double[] prefill = new double[rounds];
      double[] decode = new double[rounds];
      if (depth > 0) {
        throughput.prefill(0, depth);
      }
      throughput.prefill(depth, depth + promptTokens);
      throughput.decode(depth, depth + generateTokens);
      long allocated = Long.MAX_VALUE;
      for (int i = 0; i < rounds; i++) {
        prefill[i] = throughput.prefill(depth, depth + promptTokens);
        long before = allocatedBytes();
        decode[i] = throughput.decode(depth, depth + generateTokens);
        allocated = Math.min(allocated, allocatedBytes() - before);
      }
      Rate prompt = Rate.of(prefill, (double) batch * promptTokens);
      Rate generation = Rate.of(decode, (double) batch * generateTokens);
      if (json) {
        Json.print(report(loaded, loadSeconds, prompt, generation, allocated), spec.commandLine().getOut());
      } else {
        print(loaded, loadSeconds, prompt, generation, allocated);
      }
    }
    return 0;
  }

  private int parallel(int requests) {
    long began = System.nanoTime();
    int most = depth + promptTokens + generateTokens + 2;
    try (Model loaded = Model.load(model.model, model.options(most));
        ParallelThroughput throughput = new ParallelThroughput(loaded, requests, depth, promptTokens + generateTokens + 2)) {
      double loadSeconds = (System.nanoTime() - began) * 1e-9;
      double[] prefill = new double[rounds];
      double[] decode = new double[rounds];
      for (int i = -1; i < rounds; i++) {
        throughput.rewind(depth);
        double prompt = throughput.prefill(promptTokens);
        double generation = throughput.decode(generateTokens);
        // The first round warms up.
        if (i >= 0) {
          prefill[i] = prompt;
          decode[i] = generation;
        }
      }
      Rate prompt = Rate.of(prefill, (double) requests * promptTokens);
      Rate generation = Rate.of(decode, (double) requests * generateTokens);
      if (json) {
        ObjectNode report = settings(loaded, loadSeconds);
        report.put("parallel", requests);
        put(report.putObject("prefill_tokens_per_second"), prompt);
        put(report.putObject("decode_tokens_per_second"), generation);
        report.set("engine", Json.of(throughput.figures()));
        Json.print(report, spec.commandLine().getOut());
      } else {
        PrintWriter out = spec.commandLine().getOut();
        head(loaded, loadSeconds, out);
        Table table = new Table("test", "tokens/s", "lowest", "highest");
        String context = (depth > 0 ? " @ " + depth : "") + ", " + requests + " requests";
        row(table, "prefill " + promptTokens + context, prompt);
        row(table, "decode " + generateTokens + " @ " + (depth + promptTokens) + ", " + requests + " requests", generation);
        table.print(out);
        out.flush();
      }
      return 0;
    }
  }

  /** Tokens per second. */
  private record Rate(double median, double low, double high, double[] all) {
    static Rate of(double[] seconds, double tokens) {
      double[] rates = Arrays.stream(seconds).map(s -> tokens / s).sorted().toArray();
      int n = rates.length;
      double median = n % 2 == 1 ? rates[n / 2] : (rates[n / 2 - 1] + rates[n / 2]) / 2;
      return new Rate(median, rates[0], rates[n - 1], rates);
    }
  }

  /** Of the Java heap, by this thread. */
  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private void print(Model loaded, double loadSeconds, Rate prompt, Rate generation, long allocated) {
    PrintWriter out = spec.commandLine().getOut();
    head(loaded, loadSeconds, out);
    Table table = new Table("test", "tokens/s", "lowest", "highest");
    String context = (depth > 0 ? " @ " + depth : "") + (batch > 1 ? " x " + batch : "");
    row(table, "prefill " + promptTokens + context, prompt);
    row(table, "decode " + generateTokens + context, generation);
    table.print(out);
    out.printf(Locale.ROOT, "Java heap allocated while decoding: %.1f bytes per token%n", (double) allocated / generateTokens);
    out.flush();
  }

  private static void head(Model loaded, double loadSeconds, PrintWriter out) {
    out.printf(
        Locale.ROOT, "%s: %s of matrices, %s, %d threads, cache %s, loaded in %.2f s%n", loaded.path().getFileName(), ByteSize.text(loaded.weightBytes()),
        loaded.backend().describe(), loaded.options().threads(), loaded.cacheType(), loadSeconds);
  }

  private static void row(Table table, String name, Rate rate) {
    table.row(
        name,
        String.format(Locale.ROOT, "%.1f", rate.median()),
        String.format(Locale.ROOT, "%.1f", rate.low()),
        String.format(Locale.ROOT, "%.1f", rate.high()));
  }

  private ObjectNode settings(Model loaded, double loadSeconds) {
    ObjectNode report = Json.object();
    report.put("model", loaded.path().toString());
    report.put("matrix_bytes", loaded.weightBytes());
    report.put("isa", loaded.backend().kernels().isa());
    report.put("device", loaded.backend().device().toString());
    report.put("device_name", loaded.backend().describe());
    report.put("threads", loaded.options().threads());
    report.put("cache_type", loaded.cacheType().toString());
    report.put("activations", loaded.options().activations().name().toLowerCase(Locale.ROOT));
    report.put("load_seconds", loadSeconds);
    report.put("prompt_tokens", promptTokens);
    report.put("generate_tokens", generateTokens);
    report.put("depth", depth);
    report.put("rounds", rounds);
    return report;
  }

  private ObjectNode report(Model loaded, double loadSeconds, Rate prompt, Rate generation, long allocated) {
    ObjectNode report = settings(loaded, loadSeconds);
    report.put("batch", batch);
    put(report.putObject("prefill_tokens_per_second"), prompt);
    put(report.putObject("decode_tokens_per_second"), generation);
    report.put("heap_bytes_per_token", (double) allocated / generateTokens);
    return report;
  }

  private static void put(ObjectNode node, Rate rate) {
    node.put("median", rate.median()).put("low", rate.low()).put("high", rate.high());
    ArrayNode all = node.putArray("all");
    Arrays.stream(rate.all()).forEach(all::add);
  }
}
