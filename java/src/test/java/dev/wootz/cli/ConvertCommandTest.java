package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wootz convert}, {@code wootz quantize} and {@code wootz inspect} of what they write. */
class ConvertCommandTest {
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
  void model() {
    assertThat(run("init-model", "qwen3-tiny", folder.resolve("model"))).as(err).isZero();
  }

  @Test
  void thereAndBack() {
    Path gguf = folder.resolve("m.gguf");
    assertThat(run("convert", folder.resolve("model"), gguf)).as(err).isZero();
    assertThat(out).startsWith(gguf + ": ").contains("bf16", "f32");
    assertThat(run("convert", gguf, folder.resolve("back"), "--type", "bf16")).as(err).isZero();
    assertThat(err).contains("warning: no vocabulary");
    // Norms are float32 in GGUF; one type for all has the bits of bfloat16 again.
    assertThat(run("inspect", folder.resolve("model"), "--diff", folder.resolve("back"))).as(out).isZero();
  }

  @Test
  void quantize() throws Exception {
    Path gguf = folder.resolve("m.gguf");
    assertThat(run("quantize", folder.resolve("model"), gguf, "--type", "Q8_0")).as(err).isZero();
    assertThat(run("quantize", folder.resolve("model"), gguf, "--type", "q4_0")).isEqualTo(1);
    assertThat(err).isEqualTo("wootz: " + gguf + ": already exists\n");
    assertThat(run("quantize", folder.resolve("model"), gguf, "--type", "q4_k_m", "--overwrite")).as(err).isZero();
    assertThat(run("inspect", gguf)).isZero();
    assertThat(out).contains("general.architecture", "blk.0.attn_q.weight", "q5_0", "GGUF version 3");
    assertThat(run("inspect", gguf, "--json", "--filter", "attn_q.")).isZero();
    JsonNode json = new ObjectMapper().readTree(out);
    assertThat(json.path("metadata").path("general.file_type").asInt()).isEqualTo(15);
    assertThat(json.path("tensors").path(0).path("dtype").asText()).isEqualTo("q5_0");
  }

  @Test
  void wrongUsage() {
    Path model = folder.resolve("model");
    assertThat(run("quantize", model, folder.resolve("out"), "--type", "q8_0")).isEqualTo(2);
    assertThat(err).contains(".gguf");
    assertThat(run("quantize", model, folder.resolve("m.gguf"), "--type", "q9")).isEqualTo(2);
    assertThat(err).contains("q4_k_m", "q9");
    assertThat(run("quantize", model, folder.resolve("m.gguf"))).isEqualTo(2);
    assertThat(run("convert", model, folder.resolve("other"))).isEqualTo(2);
    assertThat(err).contains("one side");
    assertThat(run("convert", folder.resolve("none.gguf"), folder.resolve("other"))).isEqualTo(1);
    assertThat(err).contains("none.gguf", "no such file");
    assertThat(run("inspect", folder.resolve("none.gguf"))).isEqualTo(1);
  }
}
