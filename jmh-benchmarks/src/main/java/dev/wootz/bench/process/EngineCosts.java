package dev.wootz.bench.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.engine.Drift;
import dev.wootz.engine.Edit;
import dev.wootz.engine.EditReport;
import dev.wootz.engine.Engine;
import dev.wootz.engine.GenerationListener;
import dev.wootz.engine.GenerationRequest;
import dev.wootz.engine.LoadOptions;
import dev.wootz.engine.Model;
import dev.wootz.engine.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What the cache of an engine saves: a prompt of 1000 tokens that is known against the same prompt when it is not, and an edit in the midst of a
 * long sequence, exact against shifted, with the drift of the shifted one.
 *
 * <pre>java -cp jmh-benchmarks/target/benchmarks.jar dev.wootz.bench.process.EngineCosts MODEL TEXT.txt ROUNDS RESULT.json</pre>
 */
public final class EngineCosts {
  private static final int PREFIX = 1000;
  private static final int LONG = 3072;

  private EngineCosts() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      System.err.println("usage: EngineCosts MODEL TEXT.txt ROUNDS RESULT.json");
      System.exit(2);
    }
    int rounds = Integer.parseInt(args[2]);
    ObjectMapper json = new ObjectMapper();
    ObjectNode result = json.createObjectNode();
    LoadOptions options = LoadOptions.defaults().withContext(4096);
    try (Model model = Model.load(Path.of(args[0]), options);
        Engine engine = model.engine()) {
      int[] ids = model.tokenizer().encode(Files.readString(Path.of(args[1])), true, false);
      if (ids.length < rounds * PREFIX + LONG) {
        throw new IllegalArgumentException(args[1] + " has " + ids.length + " tokens, expected " + (rounds * PREFIX + LONG) + " or more");
      }
      result.put("model", Path.of(args[0]).getFileName().toString()).put("threads", options.threads()).put("rounds", rounds);
      prefix(engine, ids, rounds, result.putObject("prefix of " + PREFIX + " tokens"));
      edit(engine, Arrays.copyOf(ids, LONG), rounds, result.putObject("edit of " + LONG + " tokens"));
    }
    json.enable(SerializationFeature.INDENT_OUTPUT).writeValue(Path.of(args[3]).toFile(), result);
    System.out.println(json.writeValueAsString(result));
  }

  private static void prefix(Engine engine, int[] ids, int rounds, ObjectNode node) {
    GenerationRequest request = GenerationRequest.defaults().withMaxTokens(1);
    double[] cold = new double[rounds];
    double[] known = new double[rounds];
    for (int i = -1; i < rounds; i++) {
      // Another text each time; the first round warms up.
      int[] prompt = Arrays.copyOfRange(ids, Math.max(i, 0) * PREFIX, Math.max(i, 0) * PREFIX + PREFIX);
      if (i == 0) {
        engine.forgetPrefixes();
      }
      for (double[] seconds : new double[][] {cold, known}) {
        long began = System.nanoTime();
        engine.submit(prompt, request, GenerationListener.NONE).get();
        seconds[Math.max(i, 0)] = (System.nanoTime() - began) * 1e-9;
      }
    }
    node.put("first_token_seconds_cold", median(cold)).put("first_token_seconds_known", median(known)).put("share", median(known) / median(cold));
    engine.forgetPrefixes();
  }

  /** A quarter of the text gives way to its first 64 tokens, as a summary would. */
  private static void edit(Engine engine, int[] ids, int rounds, ObjectNode node) {
    int from = LONG / 4;
    Edit edit = Edit.replace(from, 2 * from, Arrays.copyOfRange(ids, from, from + 64));
    double[] whole = new double[rounds];
    double[] exact = new double[rounds];
    double[] shifted = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      try (Sequence sequence = engine.sequence()) {
        long began = System.nanoTime();
        sequence.append(ids);
        whole[i] = (System.nanoTime() - began) * 1e-9;
        try (Sequence other = sequence.fork()) {
          exact[i] = other.edit(edit.exact()).seconds();
        }
        EditReport report = sequence.edit(edit.shifted());
        shifted[i] = report.seconds();
        if (i == 0) {
          Drift drift = sequence.drift(64);
          node.put("shifted_tokens", report.shifted()).put("computed_tokens", report.computed()).put("drift_mean_kl", drift.meanKl())
              .put("drift_p99_kl", drift.p99Kl()).put("drift_same_top", drift.sameTop());
        }
      }
      engine.forgetPrefixes();
    }
    node.put("prefill_seconds", median(whole)).put("exact_seconds", median(exact)).put("shifted_seconds", median(shifted));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }
}
