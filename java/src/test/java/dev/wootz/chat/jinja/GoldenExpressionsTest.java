package dev.wootz.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random expressions and templates: what Jinja2 prints is printed, what it refuses is refused. */
class GoldenExpressionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static List<JsonNode> cases = List.of();
  private static final Map<String, JsonNode> VARIABLES = new LinkedHashMap<>();

  @BeforeAll
  static void read() throws IOException {
    InputStream file = GoldenExpressionsTest.class.getResourceAsStream("/golden/chat/expressions.jsonl");
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      JSON.readTree(lines.readLine()).get("vars").properties().forEach(field -> VARIABLES.put(field.getKey(), field.getValue()));
      cases = lines.lines().map(GoldenExpressionsTest::parse).toList();
    }
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void printsWhatJinjaPrints() {
    SoftAssertions all = new SoftAssertions();
    List<JsonNode> printed = cases.stream().filter(one -> one.has("text")).toList();
    assertThat(printed).hasSizeGreaterThan(600);
    for (JsonNode one : printed) {
      String source = one.get("source").textValue();
      all.assertThatCode(() -> assertThat(render(source)).as(source).isEqualTo(one.get("text").textValue())).doesNotThrowAnyException();
    }
    all.assertAll();
  }

  @Test
  void refusesWhatJinjaRefuses() {
    List<JsonNode> refused = cases.stream().filter(one -> one.has("error")).toList();
    assertThat(refused).hasSizeGreaterThan(100);
    for (JsonNode one : refused) {
      String source = one.get("source").textValue();
      assertThatThrownBy(() -> render(source)).as(source).isInstanceOf(TemplateException.class);
    }
  }

  private static String render(String source) {
    return Template.parse(source, "golden").render(VARIABLES).text();
  }
}
