package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateCommandTest {
  @TempDir Path folder;
  private Path template;
  private String out = "";
  private String err = "";

  @BeforeEach
  void write() throws Exception {
    String text = "{{ bos_token }}{% for m in messages %}{{ m.content + '.' }}{% endfor %}{{ mood }}{{ add_generation_prompt }}";
    template = Files.writeString(folder.resolve("t.jinja"), text);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\"}");
  }

  private int run(String input, Object... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      String[] words = Stream.concat(Stream.of("template"), Stream.of(arguments).map(Object::toString)).toArray(String[]::new);
      return Main.run(words, new PrintWriter(output), new PrintWriter(errors));
    } finally {
      System.setIn(before);
      out = output.toString();
      err = errors.toString();
    }
  }

  @Test
  void answersLineByLine() {
    int code =
        run(
            """
            {"messages": [{"content": "grüß"}], "kwargs": {"mood": 1.0}}

            {"messages": [{"content": null}]}
            {"messages": 3}
            oops
            """,
            "--template", template, "--jsonl", "--kwargs", "{\"mood\": \"x\"}");
    assertThat(code).isEqualTo(1);
    assertThat(out.lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("{\"text\":\"gr\\u00FC\\u00DF.1.0False\"}"),
            line -> assertThat(line).startsWith("{\"error\":\"line 3: ").contains("t.jinja:1:52", "m.content"),
            line -> assertThat(line).startsWith("{\"error\":\"line 4: expected a list of messages"),
            line -> assertThat(line).startsWith("{\"error\":\"line 5: invalid JSON"));
  }

  @Test
  void rendersOneConversation() {
    assertThat(run("[{\"content\": \"a\"}]", "--model", folder, "--template", template, "--add-generation-prompt", "-")).as(err).isZero();
    assertThat(out).isEqualTo("<s>a.True");
  }

  @Test
  void wrongUseAndMissingTemplates() {
    assertThat(run("", "--template", template)).isEqualTo(2);
    assertThat(run("", "--jsonl")).isEqualTo(2);
    assertThat(run("", "--template", template, "--jsonl", "--kwargs", "[]")).isEqualTo(2);
    assertThat(run("", "--model", folder, "--jsonl")).isEqualTo(1);
    assertThat(err).contains("found no chat template").hasLineCount(1);
    assertThat(run("", "--template", folder.resolve("none.jinja"), "--jsonl")).isEqualTo(1);
    assertThat(err).contains("none.jinja").doesNotContain("defect");
  }
}
