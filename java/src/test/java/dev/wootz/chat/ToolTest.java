package dev.wootz.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ToolTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  enum Unit {
    CELSIUS,
    FAHRENHEIT
  }

  record Place(String city, @Nullable String country) {}

  @Description("The weather of some days.")
  record GetWeather(
      @Description("Where.") Place place,
      int days,
      double threshold,
      boolean verbose,
      Optional<Unit> unit,
      OptionalInt limit,
      List<String> tags,
      Map<String, Long> extra,
      float[][] grid) {}

  record Chain(List<Chain> next) {}

  record Odd(Thread thread) {}

  @Test
  void schemaOfARecord() throws IOException {
    JsonNode expected =
        JSON.readTree(
            """
            {"type": "function", "function": {"name": "get_weather", "description": "The weather of some days.", "parameters": {
              "type": "object",
              "properties": {
                "place": {"type": "object", "properties": {"city": {"type": "string"}, "country": {"type": "string"}}, "required": ["city"],
                          "description": "Where."},
                "days": {"type": "integer"},
                "threshold": {"type": "number"},
                "verbose": {"type": "boolean"},
                "unit": {"type": "string", "enum": ["CELSIUS", "FAHRENHEIT"]},
                "limit": {"type": "integer"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
                "grid": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}},
              "required": ["place", "days", "threshold", "verbose", "tags", "extra", "grid"]}}}
            """);
    assertThat(Tool.of(GetWeather.class).toJson()).isEqualTo(expected);
    assertThat(Tool.fromJson(expected)).isEqualTo(Tool.of(GetWeather.class));
  }

  @Test
  void typesWithoutASchemaAreRefused() {
    assertThatThrownBy(() -> Tool.of(Chain.class)).isInstanceOf(ChatException.class).hasMessageContaining("contains itself");
    assertThatThrownBy(() -> Tool.of(Odd.class)).isInstanceOf(ChatException.class).hasMessageContaining("Odd.thread");
  }

  @Test
  void messagesThroughJson() throws IOException {
    ToolCall call = new ToolCall("c1", "f", JSON.createObjectNode().put("a", 1));
    for (Message message :
        List.of(
            Message.system("s"), Message.user("u"), Message.assistant("a").withReasoning("r"), Message.assistant("", List.of(call)),
            Message.tool(call, "t"))) {
      assertThat(Message.fromJson(JSON.readTree(message.toJson().toString()))).isEqualTo(message);
    }
    JsonNode openAi =
        JSON.readTree(
            "{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"c1\", \"function\": {\"name\": \"f\", \"arguments\":"
                + " \"{\\\"a\\\": 1}\"}}]}");
    assertThat(Message.fromJson(openAi)).isEqualTo(Message.assistant("", List.of(call)));
    assertThat(Message.fromJson(JSON.readTree("{\"role\": \"user\", \"content\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}")).content())
        .isEqualTo("ab");
    List<String> wrongs =
        List.of("{}", "{\"role\": \"alien\"}", "{\"role\": \"user\", \"content\": 3}", "{\"role\": \"user\", \"content\": [{}]}");
    for (String wrong : wrongs) {
      assertThatThrownBy(() -> Message.fromJson(JSON.readTree(wrong))).isInstanceOf(ChatException.class);
    }
  }
}
