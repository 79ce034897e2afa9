package dev.wootz.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.format.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChatTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, ChatTemplate> TEMPLATES = new HashMap<>();

  @TempDir Path folder;

  static List<JsonNode> goldens() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String line : resource("qwen3.jsonl").lines().toList()) {
      cases.add(JSON.readTree(line));
    }
    return cases;
  }

  private static String resource(String name) {
    try (InputStream in = ChatTemplateTest.class.getResourceAsStream("/golden/chat/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ChatTemplate template(String name) {
    return TEMPLATES.computeIfAbsent(name, key -> ChatTemplate.parse(resource("templates/" + key + ".jinja"), key));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void rendersAsTransformersDoes(JsonNode golden) {
    ArrayNode messages = (ArrayNode) golden.get("messages");
    ArrayNode tools = golden.get("tools") instanceof ArrayNode array ? array : null;
    ChatTemplate template = template(golden.get("template").textValue());
    if (golden.has("error")) {
      assertThatThrownBy(() -> template.render(messages, tools, (ObjectNode) golden.get("kwargs")));
      return;
    }
    ChatTemplate.Rendered rendered = template.render(messages, tools, (ObjectNode) golden.get("kwargs"));
    assertThat(rendered.text()).isEqualTo(golden.get("text").textValue());
    if (golden.has("generated")) {
      List<String> parts = rendered.generated().stream().map(span -> rendered.text().substring(span.begin(), span.end())).toList();
      assertThat(JSON.<JsonNode>valueToTree(parts)).isEqualTo(golden.get("generated"));
    }
  }

  @Test
  void messagesAndToolsFromJava() {
    record Search(@Description("What to look for.") String query) {}

    Tool search = Tool.of(Search.class, "search", "Searches the wiki.");
    ToolCall call = ToolCall.of("search", JSON.createObjectNode().put("query", "Faust"));
    List<Message> messages =
        List.of(
            Message.user("Who wrote Faust?"),
            Message.assistant("", List.of(call)).withReasoning("Look it up."),
            Message.tool(call, "Goethe"));
    String text = template("qwen3-original").prompt(messages, List.of(search)).text();
    assertThat(text)
        .contains("\"query\": {\"type\": \"string\", \"description\": \"What to look for.\"}")
        .endsWith(
            """
            <|im_start|>assistant
            <think>
            Look it up.
            </think>

            <tool_call>
            {"name": "search", "arguments": {"query": "Faust"}}
            </tool_call><|im_end|>
            <|im_start|>user
            <tool_response>
            Goethe
            </tool_response><|im_end|>
            <|im_start|>assistant
            """);
  }

  @Test
  void continuesTheLastMessage() {
    ChatTemplate template = ChatTemplate.parse("{% for m in messages %}<{{ m.content|trim }}>{% endfor %}", "trimming");
    List<Message> messages = List.of(Message.user("a"), Message.assistant("Once upon  "));
    assertThat(template.render(messages, List.of(), Map.of("continue_final_message", true)).text()).isEqualTo("<a><Once upon");
    assertThatThrownBy(() -> template.render(messages, List.of(), Map.of("continue_final_message", true, "add_generation_prompt", true)))
        .isInstanceOf(ChatException.class);
    assertThatThrownBy(() -> template.render(messages, List.of(), Map.of("continue_final_message", "reasoning_content")))
        .isInstanceOf(ChatException.class)
        .hasMessageContaining("reasoning_content");
    assertThatThrownBy(() -> template.render(List.of(), List.of(), Map.of("continue_final_message", true)))
        .isInstanceOf(ChatException.class);
    assertThatThrownBy(
            () -> ChatTemplate.parse("{# content #}fixed", "fixed").render(messages, List.of(), Map.of("continue_final_message", true)))
        .hasMessageContaining("does not print the last message");
  }

  @Test
  void whatATemplateIsTold() {
    ChatTemplate template =
        ChatTemplate.parse("{{ tools }}{{ documents }}{{ add_generation_prompt }}{{ eos_token }}{{ mood is defined }}", "told");
    assertThat(template.render(List.of(), List.of(), Map.of()).text()).isEqualTo("NoneNoneFalseFalse");
    assertThat(template.withSpecialTokens(Map.of("eos_token", "</s>")).render(List.of(), List.of(), Map.of("mood", "gay")).text())
        .isEqualTo("NoneNoneFalse</s>True");
  }

  @Test
  void foldersKeepTemplatesInSeveralWays() throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(
        config, "{\"chat_template\": \"A{{ bos_token }}{{ eos_token }}\", \"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": null}");
    assertThat(ChatTemplate.load(folder).render(List.of(), List.of(), Map.of()).text()).isEqualTo("A<s>");
    Files.writeString(
        config, "{\"chat_template\": [{\"name\": \"default\", \"template\": \"D\"}, {\"name\": \"tool_use\", \"template\": \"T\"}]}");
    ChatTemplate two = ChatTemplate.load(folder);
    assertThat(two.prompt(List.of(), List.of()).text()).isEqualTo("D");
    assertThat(two.prompt(List.of(), List.of(new Tool("f", "", RecordSchema.empty()))).text()).isEqualTo("T");
    Files.writeString(folder.resolve("chat_template.jinja"), "J");
    assertThat(ChatTemplate.load(folder).prompt(List.of(), List.of()).text()).isEqualTo("J");
  }

  @Test
  void aMissingTemplateSaysWhatToDo() {
    assertThatThrownBy(() -> ChatTemplate.load(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("found no chat template")
        .hasMessageContaining("--template FILE.jinja");
    assertThatThrownBy(() -> ChatTemplate.load(folder.resolve("none"))).isInstanceOf(FormatException.class);
  }
}
