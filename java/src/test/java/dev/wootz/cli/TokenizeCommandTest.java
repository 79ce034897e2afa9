package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenizeCommandTest {
  private static final String MODEL = "examples/forgetting/base";
  private String out = "";
  private String err = "";

  private int run(String... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    int code = Main.run(arguments, new PrintWriter(output), new PrintWriter(errors));
    out = output.toString();
    err = errors.toString();
    return code;
  }

  private int runWith(String input, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return run(arguments);
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void printsIdsAndTokens() {
    assertThat(run("tokenize", "--model", MODEL, "Once upon")).as(err).isZero();
    assertThat(out.lines().map(String::strip)).containsExactly("403  \"\u2581Once\"", "407  \"\u2581upon\"");
    assertThat(run("tokenize", "--model", MODEL, "--add-special", "--json", "Once")).isZero();
    assertThat(out).contains("[ 1, 403 ]", "[ \"<s>\", \"\u2581Once\" ]");
    assertThat(run("tokenize", "--model", MODEL, "--decode", "1,403", "407")).isZero();
    assertThat(out.strip()).isEqualTo("<s> Once upon");
    assertThat(run("tokenize", "--model", MODEL, "--decode", "--skip-special", "1,403,407")).isZero();
    assertThat(out.strip()).isEqualTo("Once upon");
  }

  @Test
  void answersLineByLine() {
    assertThat(runWith("{\"text\": \"Once\"}\n\n{\"text\": \"<s>\"}\n", "tokenize", "--model", MODEL, "--jsonl")).as(err).isZero();
    assertThat(out.lines()).containsExactly("{\"ids\":[403]}", "{\"ids\":[1]}");
    assertThat(runWith("{\"text\": \"<s>\"}", "tokenize", "--model", MODEL, "--jsonl", "--no-added-tokens")).isZero();
    assertThat(out).doesNotContain("[1]");
    assertThat(runWith("{\"ids\": [403, 238]}", "tokenize", "--model", MODEL, "--jsonl", "--decode")).isZero();
    assertThat(out.lines()).containsExactly("{\"text\":\"Once\\uFFFD\"}");
  }

  @Test
  void goesOnAfterABadLine() {
    String lines = "{\"text\": \"Once\"}\nnonsense\n[]\n{\"ids\": 3}\n{\"text\": \"Once\"}\n";
    assertThat(runWith(lines, "tokenize", "--model", MODEL, "--jsonl")).isEqualTo(1);
    assertThat(out.lines()).hasSize(5).startsWith("{\"ids\":[403]}").endsWith("{\"ids\":[403]}");
    assertThat(out.lines().skip(1).limit(3)).allSatisfy(line -> assertThat(line).startsWith("{\"error\":\"line "));
    assertThat(out).contains("line 2: invalid JSON", "line 3: expected a JSON object", "line 4: expected {\\\"text\\\"");
  }

  @Test
  void wrongUsageIsTwo() {
    assertThat(run("tokenize", "text")).isEqualTo(2);
    assertThat(run("tokenize", "--model", MODEL)).isEqualTo(2);
    assertThat(run("tokenize", "--model", MODEL, "two", "words")).isEqualTo(2);
    assertThat(err).contains("quotes");
    assertThat(run("tokenize", "--model", MODEL, "--decode", "one")).isEqualTo(2);
    assertThat(run("tokenize", "--model", MODEL, "--decode", "--add-special", "1")).isEqualTo(2);
    assertThat(run("tokenize", "--model", MODEL, "--skip-special", "a")).isEqualTo(2);
    assertThat(run("tokenize", "--model", "no/such/place", "a")).isEqualTo(1);
    assertThat(err.lines()).hasSize(1);
  }
}
