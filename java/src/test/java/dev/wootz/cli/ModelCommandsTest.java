package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.format.SafetensorsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The commands that run a model, as a shell calls them. */
@Isolated("standard input is replaced")
class ModelCommandsTest {
  private static final String BASE = "examples/forgetting/base";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private record Result(int exit, String out, String err) {
    JsonNode json() throws IOException {
      return JSON.readTree(out);
    }
  }

  private static Result run(String input, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int exit = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
      return new Result(exit, out.toString(), err.toString());
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void generateWritesTextAndRates() {
    Result result = run("", "generate", "--model", BASE, "--prompt", "Once upon a time", "--max-tokens", "20");
    assertThat(result.exit()).isZero();
    assertThat(result.out()).startsWith(", there was a little girl named Lily.");
    assertThat(result.err()).contains("20 generated");
  }

  @Test
  void generateHoldsToAConstraint() throws IOException {
    Result date = run("", "generate", "--model", BASE, "--prompt", "Once", "--regex", "[0-9]{4}-[0-9]{2}", "-t", "2", "--json");
    assertThat(date.json().get("text").textValue()).matches("[0-9]{4}-[0-9]{2}");
    assertThat(date.json().get("finish_reason").textValue()).isEqualTo("end");
    Path schema = Files.writeString(folder.resolve("s.json"), "{\"type\":\"object\",\"required\":[\"n\"],\"properties\":{\"n\":{\"type\":\"integer\",\"maximum\":9,\"minimum\":1}},\"additionalProperties\":false}");
    Result object = run("", "generate", "--model", BASE, "--prompt", "Once", "--schema", schema.toString(), "--json");
    assertThat(JSON.readTree(object.json().get("text").textValue()).get("n").intValue()).isBetween(1, 9);
    Path tools = Files.writeString(folder.resolve("t.json"), "[{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"boolean\"}},\"required\":[\"b\"]}}]");
    Result call = run("", "generate", "--model", BASE, "--prompt", "Once", "--tools", tools.toString(), "--tool-choice", "f", "--seed", "1", "-t", "0.1", "--logit-bias", "1=0", "--json");
    assertThat(call.exit()).isZero();
    assertThat(call.json().has("tool_calls")).isTrue();
  }

  @Test
  void generateNamesTheFileOfAConstraintThatIsWrong() throws IOException {
    Path schema = Files.writeString(folder.resolve("s.json"), "{\"not\":{}}");
    assertThat(run("", "generate", "--model", BASE, "--prompt", "x", "--schema", schema.toString()).err()).contains("s.json", "/not");
    Files.writeString(schema, "{");
    assertThat(run("", "generate", "--model", BASE, "--prompt", "x", "--schema", schema.toString()).err()).contains("s.json", "line 1");
    assertThat(run("", "generate", "--model", BASE, "--prompt", "x", "--schema", "nowhere.json").err()).contains("nowhere.json").doesNotContain("defect");
    assertThat(run("", "generate", "--model", BASE, "--prompt", "x", "--regex", "(").err()).contains("--regex", "index 0");
    assertThat(run("", "generate", "--model", BASE, "--prompt", "x", "--regex", "a", "--schema", "s").exit()).isEqualTo(2);
    Result choice = run("", "generate", "--model", BASE, "--prompt", "x", "--tool-choice", "required");
    assertThat(choice.exit()).isEqualTo(2);
    assertThat(choice.err()).contains("--tool-choice without --tools");
  }

  @Test
  void generateTakesIdsAndTellsAllInJson() throws IOException {
    Result result = run("", "generate", "--model", BASE, "--ids", "1,403,407,261,378", "--max-tokens", "5", "--top-logprobs", "2", "--json");
    assertThat(result.exit()).isZero();
    JsonNode json = result.json();
    assertThat(json.get("ids")).hasSize(5);
    assertThat(json.get("logprobs")).hasSize(5);
    assertThat(json.get("top_logprobs").get(0)).hasSize(2);
    assertThat(json.get("finish_reason").textValue()).isEqualTo("length");
    assertThat(json.get("prompt_ids")).hasSize(5);
  }

  @Test
  void generateReadsThePromptFromStandardInput() {
    assertThat(run("Once upon a time", "generate", "-m", BASE, "-p", "-", "-n", "3").out()).startsWith(", there");
  }

  @Test
  void generateRefusesBadSettings() {
    Result wrong = run("", "generate", "-m", BASE, "-p", "x", "--top-p", "1.5");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err()).contains("top-p").contains("1.5").contains("--help");
    assertThat(run("", "generate", "-m", BASE, "-c", "4", "-p", "Once upon a time there was").err()).contains("context").doesNotContain("defect");
    assertThat(run("", "generate", "-m", BASE).exit()).isEqualTo(2);
    assertThat(run("", "generate", "-m", "no/such", "-p", "x").err()).contains("no/such");
    assertThat(run("", "generate", "-m", BASE, "--ids", "7,100000").err()).contains("100000");
  }

  @Test
  void scoreGivesLogProbabilitiesAndGoesOnAfterABadLine() throws IOException {
    String lines = "{\"ids\": [1, 403, 407, 261]}\n{\"ids\": [1, -5]}\nnonsense\n{\"text\": \"Once upon\"}\n";
    Path logits = folder.resolve("logits.safetensors");
    Result result = run(lines, "score", "--model", BASE, "--jsonl", "--top-k", "2", "--logits", logits.toString());
    String[] out = result.out().split("\n");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(out).hasSize(4);
    JsonNode first = JSON.readTree(out[0]);
    assertThat(first.get("logprobs")).hasSize(3);
    assertThat(first.get("top")).hasSize(4);
    assertThat(first.get("top").get(0).get(0).get("id").intValue()).isEqualTo(403);
    assertThat(first.get("logprobs").get(0).doubleValue()).isEqualTo(first.get("top").get(0).get(0).get("logprob").doubleValue());
    assertThat(JSON.readTree(out[1]).get("error").textValue()).contains("line 2").contains("-5");
    assertThat(JSON.readTree(out[2]).get("error").textValue()).contains("line 3");
    assertThat(JSON.readTree(out[3]).get("logprobs")).hasSize(2);
    try (SafetensorsFile file = SafetensorsFile.open(logits)) {
      assertThat(file.tensors()).containsKeys("logits.0", "logits.3");
      assertThat(file.tensors().get("logits.0").shape().toArray()).containsExactly(4, 512);
    }
  }

  @Test
  void perplexityOfARepeatedStory() throws IOException {
    String story = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. ";
    Path text = Files.writeString(folder.resolve("stories.txt"), story.repeat(20));
    Result result = run("", "perplexity", "--model", BASE, "--window", "256", "--windows", "2", text.toString(), "--json");
    assertThat(result.exit()).isZero();
    JsonNode row = result.json().get(text.toString());
    assertThat(row.get("tokens").intValue()).isEqualTo(512);
    assertThat(row.get("perplexity").doubleValue()).isBetween(1.0, 10.0);
  }

  @Test
  void benchAllocatesNothingForAToken() throws IOException {
    Result result = run("", "bench", "--model", BASE, "--prompt-tokens", "16", "--generate-tokens", "200", "--rounds", "2", "--batch", "2", "--json");
    assertThat(result.exit()).isZero();
    JsonNode json = result.json();
    assertThat(json.at("/prefill_tokens_per_second/median").doubleValue()).isPositive();
    assertThat(json.at("/decode_tokens_per_second/all")).hasSize(2);
    // What the interpreter allocates before code is compiled is spread over few tokens here.
    assertThat(json.get("heap_bytes_per_token").doubleValue()).isLessThan(64);
  }

  @Test
  void embedAnswersLinesInOrderAndGoesOnAfterABadOne() throws IOException {
    String lines = "{\"text\": \"Once upon\"}\n{\"ids\": [1]}\nnonsense\n\n{\"text\": \"" + "a dog and ".repeat(20) + "\"}\n{\"text\": \"Lily\"}\n";
    Result result = run(lines, "embed", "--model", BASE, "--jsonl", "-c", "40");
    String[] out = result.out().split("\n");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(out).hasSize(5);
    assertThat(JSON.readTree(out[0]).get("embedding")).hasSize(64);
    assertThat(JSON.readTree(out[1]).get("error").textValue()).contains("line 2").contains("text");
    assertThat(JSON.readTree(out[2]).get("error").textValue()).contains("line 3").contains("JSON");
    assertThat(JSON.readTree(out[3]).get("error").textValue()).contains("line 5").contains("context").doesNotContain("defect");
    assertThat(out[4] + "\n").isEqualTo(run("", "embed", "-m", BASE, "--text", "Lily").out());
    assertThat(run(lines, "embed", "--model", BASE, "--jsonl", "-c", "40", "--truncate").out().split("\n")[3]).startsWith("{\"embedding\":[");
  }

  @Test
  void embedTakesPoolingDimensionsAndInstruction() throws IOException {
    JsonNode cut = run("", "embed", "-m", BASE, "--text", "Lily", "--pooling", "last", "--dimensions", "16", "--no-normalize").json().get("embedding");
    JsonNode whole = run("", "embed", "-m", BASE, "--text", "Lily", "--pooling", "last", "--no-normalize").json().get("embedding");
    assertThat(cut).hasSize(16);
    assertThat(whole).hasSize(64);
    for (int i = 0; i < 16; i++) {
      assertThat(cut.get(i)).isEqualTo(whole.get(i));
    }
    assertThat(run("", "embed", "-m", BASE, "--text", " a time", "--instruction", "Once upon").out())
        .isEqualTo(run("", "embed", "-m", BASE, "--text", "Once upon a time").out());
    Result tooMany = run("", "embed", "-m", BASE, "--text", "Lily", "--dimensions", "65");
    assertThat(tooMany.exit()).isEqualTo(2);
    assertThat(tooMany.err()).contains("dimensions").contains("65").contains("64");
    assertThat(run("", "embed", "-m", BASE).exit()).isEqualTo(2);
    assertThat(run("", "embed", "-m", BASE, "--text", "x", "--pooling", "max").exit()).isEqualTo(2);
    Result tooLong = run("", "embed", "-m", BASE, "--text", "Once upon a time", "-c", "2");
    assertThat(tooLong.exit()).isEqualTo(1);
    assertThat(tooLong.err()).contains("context holds 2").doesNotContain("defect");
  }

  @Test
  void chatNeedsATemplate() {
    assertThat(run("hello\n", "chat", "--model", BASE).err()).contains("chat template");
  }

  @Test
  void helpHasExamples() {
    for (String command : new String[] {"generate", "chat", "score", "embed", "perplexity", "bench"}) {
      assertThat(run("", command, "--help").out()).contains("Examples:").contains("wootz " + command);
    }
  }
}
