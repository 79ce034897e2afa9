package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.format.Checkpoint;
import dev.wootz.format.inspect.CheckpointPass;
import dev.wootz.format.inspect.TensorDifference.Kind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a user gives them, from arguments to exit code and output. */
class MainTest {
  @TempDir Path folder;
  private String out = "";
  private String err = "";

  private int run(Object... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    String[] words = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
    int code = Main.run(words, new PrintWriter(output), new PrintWriter(errors));
    out = output.toString();
    err = errors.toString();
    return code;
  }

  @BeforeEach
  void models() {
    assertThat(run("init-model", "qwen3-tiny", folder.resolve("base"), "--dtype", "float32")).as(err).isZero();
    assertThat(run("init-model", folder.resolve("tuned"), "--perturb", folder.resolve("base"), "--seed", 1)).as(err).isZero();
  }

  private Path recipe(String... lines) throws Exception {
    return Files.write(folder.resolve("recipe.yml"), List.of(lines));
  }

  private Path mean() throws Exception {
    return recipe("merge_method: linear", "models:", "- {model: base, parameters: {weight: 1}}", "- {model: tuned, parameters: {weight: 1}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"merge", "inspect", "convert", "quantize", "init-model", "extract-lora", "tokenize", "template"})
  void everyCommandExplainsItselfWithExamples(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out).contains("Usage: wootz " + command, "Examples:", "  wootz " + command);
    assertThat(run("--help")).isZero();
    assertThat(out).contains("  " + command);
  }

  @Test
  void merges() throws Exception {
    Path merged = folder.resolve("out");
    assertThat(run("merge", mean(), merged, "--verify")).as(err).isZero();
    assertThat(out).contains("46 tensors", "verified");
    try (Checkpoint checkpoint = Checkpoint.open(merged)) {
      assertThat(checkpoint.tensors()).hasSize(46);
    }
  }

  @Test
  void reportsAsJson() throws Exception {
    assertThat(run("merge", mean(), folder.resolve("out"), "--json")).as(err).isZero();
    JsonNode report = new ObjectMapper().readTree(out);
    assertThat(report.get("tensors").asInt()).isEqualTo(46);
    assertThat(report.get("bytes_written").asLong()).isPositive();
    assertThat(report.get("warnings").isArray()).isTrue();
    assertThat(err).isEmpty();
  }

  @Test
  void plansWithoutWriting() throws Exception {
    assertThat(run("merge", mean(), folder.resolve("out"), "--dry-run")).as(err).isZero();
    assertThat(out).contains("model.layers.3.mlp.down_proj.weight", "weight=1.0", "46 tensors", "to read", "of buffers");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(run("merge", mean(), folder.resolve("out"), "--dry-run", "--json")).as(err).isZero();
    JsonNode plan = new ObjectMapper().readTree(out);
    assertThat(plan.get("tensors")).hasSize(46);
    assertThat(plan.get("tensors").get(0).get("sources")).hasSize(2);
    assertThat(plan.get("peak_memory").asLong()).isPositive();
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void failuresAreOneLineAndLeaveNothing() throws Exception {
    Path recipe = recipe("merge_method: linaer", "models:", "- {model: base}");
    assertThat(run("merge", recipe, folder.resolve("out"))).isEqualTo(1);
    assertThat(err.lines()).hasSize(1);
    assertThat(err).startsWith("wootz: recipe.yml:1:").contains("linear");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(run("merge", recipe, folder.resolve("out"), "--stacktrace")).isEqualTo(1);
    assertThat(err).contains("\tat dev.wootz.");
    assertThat(run("merge", folder.resolve("none.yml"), folder.resolve("out"))).isEqualTo(1);
    assertThat(err.lines()).hasSize(1);
    assertThat(err).contains("none.yml");
  }

  @Test
  void wrongUsageIsTwo() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("merg")).isEqualTo(2);
    assertThat(err).contains("merge");
    assertThat(run("merge", "only-one")).isEqualTo(2);
    assertThat(err).contains("OUT", "wootz merge --help");
    assertThat(run("merge", "a", "b", "--max-memory", "lots")).isEqualTo(2);
    assertThat(run("merge", "a", "b", "--compat", "other")).isEqualTo(2);
    assertThat(run("merge", "a", "b", "--threads", 0)).isEqualTo(2);
    assertThat(run("init-model", "gpt-5", folder.resolve("x"))).isEqualTo(2);
    assertThat(err).contains("qwen3-0.6b");
  }

  @Test
  void inspects() throws Exception {
    assertThat(run("inspect", folder.resolve("base"), "--filter", "q_norm")).as(err).isZero();
    assertThat(out).contains("model.layers.0.self_attn.q_norm.weight", "4 tensors, 128 parameters").doesNotContain("embed_tokens");
    assertThat(run("inspect", folder.resolve("base"), "--statistics", "--json")).as(err).isZero();
    JsonNode tensors = new ObjectMapper().readTree(out).get("tensors");
    assertThat(tensors).hasSize(46);
    assertThat(tensors.get(0).get("nans").asInt()).isZero();
    assertThat(tensors.get(0).get("deviation").asDouble()).isBetween(0.019, 0.021);
  }

  @Test
  void extractsAnAdapterThatRecipesTake() throws Exception {
    assertThat(run("extract-lora", folder.resolve("base"), folder.resolve("tuned"), folder.resolve("lora"), "--rank", 64, "--save-full"))
        .as(err)
        .isZero();
    assertThat(out).contains("model.layers.3.self_attn.q_proj", "28 modules, rank 64, 100.00 %");
    Path recipe = recipe("merge_method: passthrough", "models:", "- model: base+lora");
    assertThat(run("merge", recipe, folder.resolve("again"))).as(err).isZero();
    assertThat(run("inspect", folder.resolve("tuned"), "--diff", folder.resolve("again"), "--json")).as(err).isBetween(0, 1);
    for (JsonNode tensor : new ObjectMapper().readTree(out).get("tensors")) {
      assertThat(tensor.get("maximum").asDouble()).as(tensor.get("name").asText()).isLessThan(1e-7);
    }
    assertThat(run("extract-lora", "a", "b", "c", "--rank", 0)).isEqualTo(2);
    assertThat(run("extract-lora", "a", "b", "c")).isEqualTo(2);
  }

  @Test
  void comparesAsDiffDoes() throws Exception {
    Path base = folder.resolve("base");
    assertThat(run("inspect", base, "--diff", base)).as(err).isZero();
    assertThat(out).contains("46 tensors are the same");
    assertThat(run("inspect", base, "--diff", folder.resolve("tuned"))).as(err).isEqualTo(1);
    assertThat(out).contains("46 differ in values", "cosine");
    assertThat(run("inspect", base, "--diff", folder.resolve("none"))).isEqualTo(2);
    assertThat(err.lines()).hasSize(1);
    assertThat(run("inspect", folder.resolve("none"))).isEqualTo(1);
  }

  @Test
  void aSeedChangesRandomMethodsOnly() throws Exception {
    Path random =
        recipe("merge_method: dare_linear", "base_model: base", "models:", "- {model: tuned, parameters: {weight: 1, density: 0.5}}");
    for (int seed : new int[] {1, 1, 2}) {
      Path merged = folder.resolve("out" + seed);
      assertThat(run("merge", random, merged, "--overwrite", "--seed", seed, "--threads", seed)).as(err).isZero();
    }
    try (Checkpoint one = Checkpoint.open(folder.resolve("out1"));
        Checkpoint two = Checkpoint.open(folder.resolve("out2"))) {
      assertThat(new CheckpointPass(1, bytes -> {}).differences(one, two, name -> true)).anyMatch(d -> d.kind() == Kind.VALUES);
    }
  }
}
