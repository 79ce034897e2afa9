package dev.wootz.bench.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many tokens a second does {@code wootz bench} compute, and llama.cpp's {@code llama-bench} on the same file with as many threads? The two
 * take turns, so that both meet the same neighbours on a shared machine.
 *
 * <pre>java -cp jmh-benchmarks/target/benchmarks.jar dev.wootz.bench.process.BesideLlamaCpp ./wootz LLAMA_BENCH ROUNDS RESULT.json MODEL.gguf...</pre>
 */
public final class BesideLlamaCpp {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROMPT = "512";
  private static final String GENERATE = "64";

  private final Path wootz;
  private final Path llama;
  private final String threads = Integer.toString(Runtime.getRuntime().availableProcessors());

  private BesideLlamaCpp(Path wootz, Path llama) {
    this.wootz = wootz;
    this.llama = llama;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 5) {
      System.err.println("usage: BesideLlamaCpp WOOTZ LLAMA_BENCH ROUNDS RESULT.json MODEL.gguf...");
      System.exit(2);
    }
    BesideLlamaCpp bench = new BesideLlamaCpp(Path.of(args[0]).toAbsolutePath(), Path.of(args[1]).toAbsolutePath());
    ObjectNode result = JSON.createObjectNode();
    result.put("prompt_tokens", Integer.parseInt(PROMPT)).put("generate_tokens", Integer.parseInt(GENERATE)).put("threads", bench.threads);
    System.out.printf("%-44s %10s %10s %6s %10s %10s %6s%n", "model", "prefill", "llama.cpp", "ratio", "decode", "llama.cpp", "ratio");
    for (String model : Arrays.asList(args).subList(4, args.length)) {
      bench.compare(Path.of(model), Integer.parseInt(args[2]), result);
    }
    JSON.enable(SerializationFeature.INDENT_OUTPUT).writeValue(Path.of(args[3]).toFile(), result);
  }

  private void compare(Path model, int rounds, ObjectNode result) throws IOException, InterruptedException {
    List<double[]> own = new ArrayList<>();
    List<double[]> peer = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      own.add(own(model));
      peer.add(peer(model));
    }
    ObjectNode row = result.putObject(model.getFileName().toString());
    double[] ratios = new double[2];
    for (int test = 0; test < 2; test++) {
      ObjectNode node = row.putObject(test == 0 ? "prefill" : "decode");
      ratios[test] = median(own, test) / median(peer, test);
      node.put("wootz", median(own, test)).put("llama_cpp", median(peer, test)).put("ratio", ratios[test]);
      put(node, "wootz_all", own, test);
      put(node, "llama_cpp_all", peer, test);
    }
    System.out.printf(
        "%-44s %10.1f %10.1f %6.2f %10.1f %10.1f %6.2f%n",
        model.getFileName(), median(own, 0), median(peer, 0), ratios[0], median(own, 1), median(peer, 1), ratios[1]);
  }

  private double[] own(Path model) throws IOException, InterruptedException {
    JsonNode json =
        output(wootz.toString(), "bench", "--model", model.toString(), "-p", PROMPT, "-n", GENERATE, "-r", "1", "--threads", threads, "--json");
    return new double[] {
      json.at("/prefill_tokens_per_second/median").doubleValue(), json.at("/decode_tokens_per_second/median").doubleValue()
    };
  }

  private double[] peer(Path model) throws IOException, InterruptedException {
    JsonNode json = output(llama.toString(), "-m", model.toString(), "-p", PROMPT, "-n", GENERATE, "-r", "1", "-t", threads, "-o", "json");
    double[] rates = new double[2];
    for (JsonNode test : json) {
      rates[test.get("n_prompt").intValue() > 0 ? 0 : 1] = test.get("avg_ts").doubleValue();
    }
    return rates;
  }

  private static JsonNode output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    byte[] out = process.getInputStream().readAllBytes();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " ended with exit code " + process.exitValue());
    }
    return JSON.readTree(out);
  }

  private static double median(List<double[]> runs, int test) {
    double[] values = runs.stream().mapToDouble(run -> run[test]).sorted().toArray();
    int n = values.length;
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  }

  private static void put(ObjectNode node, String name, List<double[]> runs, int test) {
    runs.forEach(run -> node.withArray("/" + name).add(run[test]));
  }
}
