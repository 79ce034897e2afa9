package dev.wootz.chat;

import java.util.List;

/**
 * Finds reasoning ({@code <think>...</think>}), text and tool calls ({@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}, the
 * form of Hermes and Qwen, and Qwen-Coder's {@code <function=name>} inside it) in what a model writes.
 *
 * <p>Reads with indulgence: calls as bare JSON or in a fenced block, Python's literals, trailing commas, missing closing tags and brackets,
 * arguments as text or of a type that says the same. Reports with rigour: all of that is a {@link Diagnostic}, and a call that does not
 * name a known tool or does not fit its schema is refused.
 */
public final class AssistantParser {
  private final List<Tool> tools;
  private final boolean reasoningOpen;

  private AssistantParser(List<Tool> tools, boolean reasoningOpen) {
    this.tools = List.copyOf(tools);
    this.reasoningOpen = reasoningOpen;
  }

  /** For answers of a model that was offered these tools, maybe none. */
  public static AssistantParser of(List<Tool> tools) {
    return new AssistantParser(tools, false);
  }

  /** The same for an answer to {@code prompt}: where the prompt has opened the reasoning, the answer goes on with it. */
  public AssistantParser after(String prompt) {
    return new AssistantParser(tools, prompt.stripTrailing().endsWith(Tags.THINK));
  }

  /** Parses a whole answer. A closing {@code think} tag that nothing opens ends a reasoning that the prompt must have opened. */
  public AssistantReply parse(String answer) {
    int close = answer.indexOf(Tags.END_THINK);
    int open = answer.indexOf(Tags.THINK);
    boolean openedBefore = close >= 0 && (open < 0 || open > close);
    AssistantStream stream = new AssistantStream(tools, reasoningOpen || openedBefore);
    stream.feed(answer);
    stream.finish();
    return stream.reply();
  }

  /** Parses an answer piece by piece. */
  public AssistantStream stream() {
    return new AssistantStream(tools, reasoningOpen);
  }
}
