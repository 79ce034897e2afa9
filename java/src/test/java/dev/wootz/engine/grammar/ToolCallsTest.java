package dev.wootz.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.AssistantParser;
import dev.wootz.chat.AssistantReply;
import dev.wootz.chat.Tool;
import dev.wootz.chat.ToolCall;
import dev.wootz.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that call tools. */
class ToolCallsTest {
  private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("examples/forgetting/base"));
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER, TOKENIZER.size(), List.of(2));
  static final List<Tool> TOOLS =
      List.of(
          tool("search", "{'type':'object','properties':{'query':{'type':'string','minLength':1,'maxLength':30},'limit':{'type':'integer','minimum':1,'maximum':50}},'required':['query']}"),
          tool("set_alarm", "{'type':'object','properties':{'at':{'type':'string','format':'time'},'days':{'type':'array','items':{'enum':['mon','tue','wed']},'maxItems':3}},'required':['at','days']}"),
          tool("now", "{'type':'object','properties':{}}"));

  static Tool tool(String name, String parameters) {
    return new Tool(name, "", (ObjectNode) JsonSchemas.parse(parameters.replace('\'', '"')));
  }

  private static boolean takes(ToolChoice choice, boolean reasoningOpen, String text) {
    Matcher matcher = Constraint.toolCalls(TOOLS, choice, reasoningOpen).matcher(TRIE, TOKENIZER);
    return matcher.accept(text.getBytes(StandardCharsets.UTF_8)) && matcher.complete();
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "Hello {name}!; true", "a < b, <tool> <tool_cal; true", "Let me see.\\n<tool_call>\\n{'name': 'search', 'arguments': {'query': 'x'}}\\n</tool_call>; true",
    "<tool_call>\\n{'name': 'nope', 'arguments': {}}\\n</tool_call>; false", "<tool_call>\\n{'name': 'search', 'arguments': {'limit': 3}}\\n</tool_call>; false",
    "<tool_call>\\n{'name': 'search', 'arguments': {'query': 'x', 'more': 1}}\\n</tool_call>; false", "<tool_call>\\n{'name': 'now', 'arguments': {}}\\n</tool_call>\\n<tool_call>\\n{'name': 'now', 'arguments': {}}\\n</tool_call>; true",
    "<think>\\nI may <tool_call> later\\n</think>\\n\\n<tool_call>\\n{'name':'now','arguments':{}}\\n</tool_call>; true", "<tool_call>; false", "<think>never closed; false",
    "<tool_call>\\n{'name': 'search', 'arguments': {'query': '</tool_call>'}}\\n</tool_call>; true", "; true"})
  void auto(String text, boolean expected) {
    assertThat(takes(ToolChoice.auto(), false, text == null ? "" : text.replace('\'', '"').replace("\\n", "\n"))).isEqualTo(expected);
  }

  @Test
  void requiredAndNamed() {
    String call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
    assertThat(takes(ToolChoice.required(), false, "Hello")).isFalse();
    assertThat(takes(ToolChoice.required(), false, call + "\n" + call)).isTrue();
    assertThat(takes(ToolChoice.required(), true, "so I think.\n</think>\n\n" + call)).isTrue();
    assertThat(takes(ToolChoice.named("now"), false, call)).isTrue();
    assertThat(takes(ToolChoice.named("now"), false, call + "\n" + call)).isFalse();
    assertThat(takes(ToolChoice.named("search"), false, call)).isFalse();
    assertThatThrownBy(() -> Constraint.toolCalls(TOOLS, ToolChoice.named("nope"))).isInstanceOf(ConstraintException.class).hasMessageContaining("nope").hasMessageContaining("search");
    assertThatThrownBy(() -> Constraint.toolCalls(List.of(), ToolChoice.required())).isInstanceOf(ConstraintException.class);
    assertThatThrownBy(() -> Constraint.toolCalls(List.of(tool("bad", "{'type':'object','properties':{'x':{'not':{}}}}")), ToolChoice.auto()))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("bad")
        .hasMessageContaining("/properties/x/not");
  }

  @Test
  void whatAWalkMakesIsParsedWithoutComplaint() {
    int calls = 0;
    Constraint constraint = Constraint.toolCalls(TOOLS, ToolChoice.required());
    for (int seed = 0; seed < 300; seed++) {
      String text = RandomWalk.text(constraint, TRIE, TOKENIZER, new Random(seed), 600);
      // reasoning is free text, which a random walk hardly ever ends
      if (text != null) {
        calls += checked(text, TOOLS);
      }
    }
    assertThat(calls).isGreaterThan(100);
  }

  /** Returns how many calls there are; all of them are known and valid. */
  static int checked(String text, List<Tool> tools) {
    AssistantReply reply = AssistantParser.of(tools).parse(text);
    assertThat(reply.diagnostics()).as(text).isEmpty();
    for (ToolCall call : reply.toolCalls()) {
      Tool tool = tools.stream().filter(t -> t.name().equals(call.name())).findFirst().orElseThrow();
      assertThat(JsonSchemas.faults(tool.parameters(), call.arguments())).as(text).isEmpty();
    }
    return reply.toolCalls().size();
  }
}
