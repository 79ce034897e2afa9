package dev.wootz.bench.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Many sequences at once: how many tokens a second does {@code wootz bench --parallel} compute for all of them together, and llama.cpp's {@code
 * llama-batched-bench} on the same file with as many threads? The two take turns, so that both meet the same neighbours on a shared machine.
 *
 * <pre>java -cp jmh-benchmarks/target/benchmarks.jar dev.wootz.bench.process.BatchBesideLlamaCpp ./wootz LLAMA_BATCHED_BENCH ROUNDS RESULT.json MODEL.gguf...</pre>
 */
public final class BatchBesideLlamaCpp {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PROMPT = 128;
  private static final int GENERATE = 32;
  private static final List<Integer> SEQUENCES = List.of(1, 8, 32);

  private BatchBesideLlamaCpp() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 5) {
      System.err.println("usage: BatchBesideLlamaCpp WOOTZ LLAMA_BATCHED_BENCH ROUNDS RESULT.json MODEL.gguf...");
      System.exit(2);
    }
    String wootz = Path.of(args[0]).toAbsolutePath().toString();
    String llama = Path.of(args[1]).toAbsolutePath().toString();
    int rounds = Integer.parseInt(args[2]);
    String threads = Integer.toString(Runtime.getRuntime().availableProcessors());
    ObjectNode result = JSON.createObjectNode();
    result.put("prompt_tokens", PROMPT).put("generate_tokens", GENERATE).put("threads", threads);
    System.out.printf("%-40s %9s %10s %10s %6s %10s %10s %6s%n", "model", "sequences", "prefill", "llama.cpp", "ratio", "decode", "llama.cpp", "ratio");
    for (String model : Arrays.asList(args).subList(4, args.length)) {
      ObjectNode row = result.putObject(Path.of(model).getFileName().toString());
      for (int sequences : SEQUENCES) {
        double[][] own = new double[2][rounds];
        double[][] peer = new double[2][rounds];
        for (int i = 0; i < rounds; i++) {
          JsonNode ours =
              JSON.readTree(
                  output(wootz, "bench", "--model", model, "-p", "" + PROMPT, "-n", "" + GENERATE, "-r", "1", "--parallel", "" + sequences, "--threads",
                      threads, "--json"));
          own[0][i] = ours.at("/prefill_tokens_per_second/median").doubleValue();
          own[1][i] = ours.at("/decode_tokens_per_second/median").doubleValue();
          JsonNode theirs =
              lastLine(
                  output(llama, "-m", model, "-npp", "" + PROMPT, "-ntg", "" + GENERATE, "-npl", "" + sequences, "-c",
                      "" + sequences * (PROMPT + GENERATE + 32), "-b", "512", "-ub", "512", "-t", threads, "-tb", threads, "--output-format", "jsonl"));
          peer[0][i] = theirs.get("speed_pp").doubleValue();
          peer[1][i] = theirs.get("speed_tg").doubleValue();
        }
        ObjectNode node = row.putObject(sequences + " sequences");
        put(node.putObject("prefill"), own[0], peer[0]);
        put(node.putObject("decode"), own[1], peer[1]);
        System.out.printf(
            "%-40s %9d %10.1f %10.1f %6.2f %10.1f %10.1f %6.2f%n", Path.of(model).getFileName(), sequences, median(own[0]), median(peer[0]),
            median(own[0]) / median(peer[0]), median(own[1]), median(peer[1]), median(own[1]) / median(peer[1]));
      }
    }
    JSON.enable(SerializationFeature.INDENT_OUTPUT).writeValue(Path.of(args[3]).toFile(), result);
  }

  private static void put(ObjectNode node, double[] own, double[] peer) {
    node.put("wootz", median(own)).put("llama_cpp", median(peer)).put("ratio", median(own) / median(peer));
    Arrays.stream(own).forEach(node.putArray("wootz_all")::add);
    Arrays.stream(peer).forEach(node.putArray("llama_cpp_all")::add);
  }

  private static JsonNode lastLine(String output) throws IOException {
    String[] lines = output.lines().filter(line -> line.startsWith("{")).toArray(String[]::new);
    if (lines.length == 0) {
      throw new IOException("llama-batched-bench printed no line of JSON: " + output);
    }
    return JSON.readTree(lines[lines.length - 1]);
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " ended with exit code " + process.exitValue());
    }
    return out;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }
}
