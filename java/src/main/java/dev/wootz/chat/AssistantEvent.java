package dev.wootz.chat;

/** What becomes known of an answer while it is being written. */
public sealed interface AssistantEvent {

  /** The reasoning goes on. */
  record ReasoningDelta(String text) implements AssistantEvent {}

  /** The text goes on; never a part of a tag. */
  record TextDelta(String text) implements AssistantEvent {}

  /**
   * A call of a known tool begins.
   *
   * @param index of the call in this answer, from 0
   */
  record CallBegun(int index, String name) implements AssistantEvent {}

  /** The JSON of a call's arguments goes on, as the model writes it; what holds is {@link CallComplete}. */
  record ArgumentsDelta(int index, String json) implements AssistantEvent {}

  /** A call that can be run. */
  record CallComplete(int index, ToolCall call) implements AssistantEvent {}

  /** A call that had begun cannot be run. */
  record CallRefused(int index, Diagnostic reason) implements AssistantEvent {}
}
