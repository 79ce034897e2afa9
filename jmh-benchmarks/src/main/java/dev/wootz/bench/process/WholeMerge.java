package dev.wootz.bench.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long does a whole merge take, JVM start and all, beside the least that could be done with the same bytes: {@code cat} of the inputs
 * and {@code cp} of the output, warm cache, interleaved in the same run?
 *
 * <pre>java -cp jmh-benchmarks/target/benchmarks.jar dev.wootz.bench.process.WholeMerge ./wootz FOLDER [SHAPE] [ROUNDS] [RESULT.json]</pre>
 *
 * FOLDER gets the inputs (a base and three relatives of SHAPE, qwen3-0.6b by default), made once, and one output at a time.
 */
public final class WholeMerge {
  private static final List<String> METHODS =
      List.of(
          "linear", "linear_of_3", "task_arithmetic", "slerp", "nuslerp", "karcher", "multislerp", "model_stock", "ties", "dare_linear", "dare_ties",
          "breadcrumbs", "della", "della_linear", "sce", "nearswap", "arcee_fusion", "ram");

  private final Path wootz;
  private final Path folder;
  private final int rounds;

  private WholeMerge(Path wootz, Path folder, int rounds) {
    this.wootz = wootz;
    this.folder = folder;
    this.rounds = rounds;
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: WholeMerge WOOTZ FOLDER [SHAPE] [ROUNDS] [RESULT.json] [METHOD...]");
      System.exit(2);
    }
    String shape = args.length > 2 ? args[2] : "qwen3-0.6b";
    int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
    List<String> methods = args.length > 5 ? Arrays.asList(args).subList(5, args.length) : METHODS;
    WholeMerge bench = new WholeMerge(Path.of(args[0]).toAbsolutePath(), Path.of(args[1]).toAbsolutePath(), rounds);
    bench.makeInputs(shape);
    ObjectNode result = bench.run(shape, methods);
    if (args.length > 4) {
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(Path.of(args[4]).toFile(), result);
    }
  }

  private void makeInputs(String shape) throws IOException {
    Files.createDirectories(folder);
    for (String name : List.of("base", "a", "b", "c")) {
      if (!Files.exists(folder.resolve(name))) {
        List<String> command = new ArrayList<>(List.of(wootz.toString(), "init-model"));
        if (name.equals("base")) {
          command.add(shape);
        }
        command.add(folder.resolve(name).toString());
        if (!name.equals("base")) {
          command.addAll(List.of("--perturb", folder.resolve("base").toString(), "--scale", "0.002"));
        }
        command.addAll(List.of("--seed", Integer.toString(name.hashCode())));
        Measured.run(command);
      }
    }
  }

  private ObjectNode run(String shape, List<String> methods) throws IOException {
    ObjectNode result = new ObjectMapper().createObjectNode();
    result.put("shape", shape).put("rounds", rounds).put("processor", processor());
    result.put("processors", Runtime.getRuntime().availableProcessors());
    System.out.printf("%-16s %9s %9s %7s %9s%n", "method", "wootz s", "floor s", "ratio", "MB peak");
    for (String method : methods) {
      List<String> models = models(method);
      Path recipe = Files.writeString(folder.resolve(method + ".yml"), recipe(method, models));
      Path out = folder.resolve("out");
      List<String> merge = List.of(wootz.toString(), "merge", recipe.toString(), out.toString(), "--overwrite");
      Measured.run(merge);
      Map<String, List<Double>> seconds = new LinkedHashMap<>();
      long peak = 0;
      for (int i = 0; i < rounds; i++) {
        seconds.computeIfAbsent("floor", k -> new ArrayList<>()).add(Measured.run(floor(models, out)).seconds());
        delete(out);
        Measured run = Measured.run(merge);
        seconds.computeIfAbsent("wootz", k -> new ArrayList<>()).add(run.seconds());
        peak = Math.max(peak, run.peakMemory());
      }
      double wootzSeconds = median(seconds.get("wootz"));
      double floorSeconds = median(seconds.get("floor"));
      System.out.printf(
          "%-16s %9.3f %9.3f %7.2f %9.0f%n", method, wootzSeconds, floorSeconds, wootzSeconds / floorSeconds, peak * 1e-6);
      ObjectNode row = result.withObject("/methods/" + method);
      row.put("inputs", models.size()).put("wootz_seconds", wootzSeconds).put("floor_seconds", floorSeconds);
      row.put("ratio", wootzSeconds / floorSeconds).put("peak_bytes", peak);
      row.putPOJO("wootz_all", seconds.get("wootz"));
      row.putPOJO("floor_all", seconds.get("floor"));
    }
    return result;
  }

  /** What the method reads: the base first, where it has one. linear_of_3 is linear on as many inputs as ties or della read. */
  private static List<String> models(String method) {
    return switch (method) {
      case "linear", "slerp", "nuslerp", "karcher" -> List.of("a", "b");
      case "linear_of_3", "multislerp" -> List.of("a", "b", "c");
      case "nearswap", "arcee_fusion" -> List.of("base", "a");
      default -> List.of("base", "a", "b");
    };
  }

  private String recipe(String method, List<String> models) {
    StringBuilder yaml = new StringBuilder("merge_method: " + method.replace("_of_3", "") + "\ndtype: bfloat16\nmodels:\n");
    String parameters =
        switch (method) {
          case "linear", "linear_of_3", "nuslerp", "multislerp", "task_arithmetic" -> "weight: 0.5";
          case "ties", "dare_linear", "dare_ties", "breadcrumbs", "della", "della_linear" -> "weight: 0.5, density: 0.5";
          default -> "";
        };
    for (String model : models) {
      if (!model.equals("base")) {
        yaml.append("- model: ").append(folder.resolve(model)).append('\n');
        if (!parameters.isEmpty()) {
          yaml.append("  parameters: {").append(parameters).append("}\n");
        }
      }
    }
    if (method.equals("slerp")) {
      yaml.append("base_model: ").append(folder.resolve("a")).append("\nparameters: {t: 0.4}\n");
    }
    if (method.equals("nearswap")) {
      yaml.append("parameters: {t: 0.002}\n");
    }
    if (models.contains("base")) {
      yaml.append("base_model: ").append(folder.resolve("base")).append('\n');
    }
    return yaml.toString();
  }

  private List<String> floor(List<String> models, Path out) {
    StringBuilder script = new StringBuilder("cat");
    models.forEach(model -> script.append(" '").append(folder.resolve(model)).append("'/*.safetensors"));
    Path copy = folder.resolve("copy");
    script.append(" > /dev/null && rm -rf '").append(copy).append("' && cp -r '").append(out).append("' '").append(copy).append('\'');
    return List.of("sh", "-c", script.toString());
  }

  private static void delete(Path out) {
    Measured.run(List.of("rm", "-rf", out.toString()));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return n % 2 == 1 ? sorted.get(n / 2) : (sorted.get(n / 2 - 1) + sorted.get(n / 2)) / 2;
  }

  private static String processor() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (!Files.exists(info)) {
      return System.getProperty("os.arch");
    }
    return Files.readAllLines(info).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }
}
