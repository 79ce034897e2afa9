package dev.wootz.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wootz.chat.Diagnostic.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssistantParserTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CALL = "<tool_call>\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}\n</tool_call>";

  enum Unit {
    C,
    F
  }

  record Calculator(String expression) {}

  record GetWeather(String city, java.util.OptionalInt days, java.util.Optional<Unit> unit, java.util.Optional<List<String>> tags) {}

  private static final AssistantParser PARSER = AssistantParser.of(List.of(Tool.of(Calculator.class), Tool.of(GetWeather.class)));

  private static List<Problem> problems(AssistantReply reply) {
    return reply.diagnostics().stream().map(Diagnostic::problem).toList();
  }

  @Test
  void reasoningTextAndCalls() throws IOException {
    AssistantReply reply = PARSER.parse("<think>\nA product.\n</think>\n\nLet me see.\n" + CALL + "\n" + CALL);
    assertThat(reply.reasoning()).isEqualTo("A product.");
    assertThat(reply.text()).isEqualTo("Let me see.");
    ToolCall call = ToolCall.of("calculator", JSON.createObjectNode().put("expression", "17 * 23"));
    assertThat(reply.toolCalls()).containsExactly(call, call);
    assertThat(reply.diagnostics()).isEmpty();
    assertThat(reply.message().toolCalls()).hasSize(2);
  }

  @Test
  void reasoningThatThePromptOpened() {
    assertThat(PARSER.parse("hm\n</think>\n\nYes.")).isEqualTo(new AssistantReply("hm", "Yes.", List.of(), List.of()));
    AssistantReply open = PARSER.after("<|im_start|>assistant\n<think>\n").parse("and so on");
    assertThat(open.reasoning()).isEqualTo("and so on");
    assertThat(problems(open)).containsExactly(Problem.UNCLOSED_REASONING);
    assertThat(PARSER.parse("Yes.").reasoning()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '^',
      value = {
        // as Qwen2.5-Coder-0.5B writes
        "^{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}^ ~ BARE_JSON",
        "^Sure:\n```json\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}\n```^ ~ FENCED_JSON",
        "^<tool_call>{'name': 'calculator', 'arguments': {'expression': '17 * 23',}}</tool_call>^ ~ REPAIRED_JSON",
        "^<tool_call>{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}</tool_call>^ ~ REPAIRED_JSON",
        "^<tool_call>\n```json\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}\n```\n</tool_call>^ ~ NONE",
        "^<tool_call>{\"name\": \"calculator\", \"arguments\": \"{\\\"expression\\\": \\\"17 * 23\\\"}\"}</tool_call>^ ~ ARGUMENTS_AS_TEXT",
        "^<tool_call>{\"name\": \"calculator\", \"parameters\": {\"expression\": \"17 * 23\"}}</tool_call>^ ~ UNUSUAL_FORM",
        "^<tool_call>{\"calculator\": {\"expression\": \"17 * 23\"}}</tool_call>^ ~ UNUSUAL_FORM",
        "^<tool_call>{\"name\": \"functions.Calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}</tool_call>^ ~ RENAMED_TOOL",
        "^<tool_call>{\"name\": \"calculator\", \"arguments\": {\"expression\": \"17 * 23\"}}^ ~ MISSING_END_TAG",
        "^<tool_call>\n<function=calculator>\n<parameter=expression>\n17 * 23\n</parameter>\n</function>\n</tool_call>^ ~ NONE",
      })
  void sloppyCallsAreUnderstood(String answer, String problem) {
    AssistantReply reply = PARSER.parse(answer);
    assertThat(reply.toolCalls()).hasSize(1);
    assertThat(reply.toolCalls().get(0).name()).isEqualTo("calculator");
    assertThat(reply.toolCalls().get(0).arguments().toString()).isEqualTo("{\"expression\":\"17 * 23\"}");
    assertThat(problems(reply)).isEqualTo(problem.equals("NONE") ? List.of() : List.of(Problem.valueOf(problem)));
    assertThat(reply.text()).doesNotContain("{", "<", "`");
  }

  @Test
  void argumentsAreHeldAgainstTheSchema() {
    AssistantReply reply =
        PARSER.parse(
            "<tool_call>{\"name\": \"get_weather\", \"arguments\":"
                + " {\"city\": 5, \"days\": \"3\", \"unit\": \"f\", \"tags\": \"a\", \"why\": 1}}</tool_call>");
    assertThat(reply.toolCalls().get(0).arguments().toString())
        .isEqualTo("{\"city\":\"5\",\"days\":3,\"unit\":\"F\",\"tags\":[\"a\"],\"why\":1}");
    assertThat(problems(reply)).containsOnly(Problem.CONVERTED_ARGUMENT, Problem.UNKNOWN_ARGUMENT).hasSize(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "`<tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call>` ~ UNKNOWN_TOOL ~ get_weather",
        "`<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"days\": 3}}</tool_call>` ~ MISSING_ARGUMENT ~ city",
        "`<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"x\", \"days\": \"soon\"}}</tool_call>` ~ WRONG_TYPE ~ days",
        "`<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"x\", \"unit\": \"K\"}}</tool_call>` ~ WRONG_TYPE ~ unit",
        "`<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Par` ~ INVALID_JSON ~ JSON",
        "`<tool_call>nothing</tool_call>` ~ INVALID_JSON ~ JSON",
        "`<tool_call>{\"arguments\": {}}</tool_call>` ~ NOT_A_CALL ~ name",
        "`{\"name\": \"weather\", \"arguments\": {\"city\": \"x\"}}` ~ UNKNOWN_TOOL ~ weather",
      })
  void callsThatCannotBeRunAreRefusedWithAReason(String answer, Problem problem, String mention) {
    AssistantReply reply = PARSER.parse(answer);
    assertThat(reply.toolCalls()).isEmpty();
    assertThat(reply.refused()).hasSize(1);
    assertThat(reply.refused().get(0).problem()).isEqualTo(problem);
    assertThat(reply.refused().get(0).message()).contains(mention);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a < b <tool> [1, 2] {x} `code` ``` <think",
        "```java\nclass A { int[] x = {1}; }\n```",
        "{\"name\": \"Bob\", \"age\": 3}",
        "```json\n{\"type\": \"object\", \"a\": [1]}\n```\nis a schema",
        "{\"temp_c\": 21, \"sky\": \"clear\"}",
      })
  void otherTextStaysText(String answer) {
    assertThat(PARSER.parse(answer)).isEqualTo(new AssistantReply(null, answer, List.of(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<think>\nhm <b>\n</think>\n\nAn answer\n\nin < two > parts.\n",
        "Look:\n" + CALL + "\n<tool_call>{\"name\": \"nope\", \"arguments\": {}}</tool_call> and " + CALL + " end",
        "<tool_call>{\"name\": \"calculator\", \"arguments\": {\"expression\": \"</tool_call> { \\\" <think>\"}}</tool_call>",
        "```json\n[{\"name\": \"calculator\", \"arguments\": {\"expression\": \"1\"}}]\n```\n"
            + "{\"name\": \"calculator\", \"arguments\": {\"expression\": \"2\"}} x",
        "<tool_call>{\"name\": \"calculator\", \"arguments\": {\"expression\": \"trunc",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nNew\nYork\n</parameter>\n"
            + "<parameter=days>3</parameter></function></tool_call>.",
        "<tool_call>{:[</tool_call>]} and <tool_call><function=get_weather></tool_call></function>",
        "{\"name\": \"Bob\"} ```python\nx = {'name': 1}\n``` </tool_call> </think> <tool_cal",
      })
  void piecesGiveWhatTheWholeGives(String answer) {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      AssistantStream whole = PARSER.stream();
      whole.feed(answer);
      whole.finish();
      AssistantStream stream = PARSER.stream();
      List<AssistantEvent> events = new ArrayList<>();
      for (int at = 0; at < answer.length(); ) {
        int end = Math.min(answer.length(), at + 1 + random.nextInt(1 + seed % 9));
        events.addAll(stream.feed(answer.substring(at, end)));
        at = end;
      }
      events.addAll(stream.finish());
      assertThat(stream.reply()).as("seed %d", seed).isEqualTo(whole.reply());
      requireSameStory(events, stream.reply(), seed);
    }
  }

  private static void requireSameStory(List<AssistantEvent> events, AssistantReply reply, int seed) {
    StringBuilder text = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    Map<Integer, String> begun = new TreeMap<>();
    for (AssistantEvent event : events) {
      if (event instanceof AssistantEvent.TextDelta delta) {
        text.append(delta.text());
      } else if (event instanceof AssistantEvent.ReasoningDelta delta) {
        reasoning.append(delta.text());
      } else if (event instanceof AssistantEvent.CallBegun call) {
        assertThat(begun.put(call.index(), call.name())).as("index %d begins once", call.index()).isNull();
      } else if (event instanceof AssistantEvent.CallComplete complete) {
        assertThat(begun).containsEntry(complete.index(), complete.call().name());
        calls.add(complete.call());
      }
    }
    assertThat(text).as("seed %d", seed).hasToString(reply.text());
    assertThat(reasoning.toString()).isEqualTo(reply.reasoning() == null ? "" : reply.reasoning());
    assertThat(calls).isEqualTo(reply.toolCalls());
  }
}
