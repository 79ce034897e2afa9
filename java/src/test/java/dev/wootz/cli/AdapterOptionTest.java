package dev.wootz.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code --adapter}, with an adapter that PEFT wrote. */
class AdapterOptionTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static String golden(String name) throws URISyntaxException {
    return Path.of(AdapterOptionTest.class.getResource("/golden/" + name).toURI()).toString();
  }

  private JsonNode run(String... arguments) throws IOException {
    out.getBuffer().setLength(0);
    assertThat(Main.run(arguments, new PrintWriter(out), new PrintWriter(err))).as(err.toString()).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void generateAndScoreUnderAnAdapter() throws Exception {
    String model = golden("models/qwen3-tiny");
    String adapter = golden("lora");
    JsonNode plain = run("generate", "-m", model, "--ids", "5,6,7", "-n", "12", "--ignore-eos", "--json");
    JsonNode adapted = run("generate", "-m", model, "--adapter", adapter, "--ids", "5,6,7", "-n", "12", "--ignore-eos", "--json");
    assertThat(adapted.get("logprobs")).hasSize(12).isNotEqualTo(plain.get("logprobs"));
    // What score says of the generated tokens is what they were generated with.
    StringBuilder ids = new StringBuilder("5,6,7");
    adapted.get("ids").forEach(id -> ids.append(',').append(id.intValue()));
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(("{\"ids\":[" + ids + "]}").getBytes(StandardCharsets.UTF_8)));
      JsonNode scored = run("score", "-m", model, "--adapter", adapter);
      for (int i = 0; i < 12; i++) {
        assertThat(scored.get("logprobs").get(2 + i).floatValue()).isEqualTo(adapted.get("logprobs").get(i).floatValue());
      }
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void whatIsNoAdapterIsSaidSo() throws Exception {
    String model = golden("models/qwen3-tiny");
    assertThat(Main.run(new String[] {"generate", "-m", model, "--adapter", model, "--ids", "5"}, new PrintWriter(out), new PrintWriter(err))).isEqualTo(1);
    assertThat(err.toString()).contains("adapter_config.json").doesNotContain("defect");
    err.getBuffer().setLength(0);
    assertThat(Main.run(new String[] {"perplexity", "-m", model, "--adapter", "no/such", "x.txt"}, new PrintWriter(out), new PrintWriter(err))).isEqualTo(1);
    assertThat(err.toString()).contains("no/such").doesNotContain("defect");
  }
}
