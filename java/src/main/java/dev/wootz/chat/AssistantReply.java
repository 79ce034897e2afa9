package dev.wootz.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model's answer holds.
 *
 * @param reasoning what stands in {@code think} tags, null when there are none
 * @param text what is said to the user, without white space around it
 * @param toolCalls those that can be run: of known tools, with arguments that fit their schemas
 * @param diagnostics what was repaired and what was refused, in order
 */
public record AssistantReply(@Nullable String reasoning, String text, List<ToolCall> toolCalls, List<Diagnostic> diagnostics) {

  /** The answer as the conversation's next message. */
  public Message message() {
    return Message.assistant(text, toolCalls).withReasoning(reasoning);
  }

  /** The calls that were refused, which an agent can report back to the model. */
  public List<Diagnostic> refused() {
    return diagnostics.stream().filter(Diagnostic::refused).toList();
  }
}
