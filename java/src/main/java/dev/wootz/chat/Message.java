package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation.
 *
 * @param content what is said, empty for an assistant that only calls tools
 * @param reasoning what an assistant thought before, null when nothing is known of it
 * @param toolCalls of an assistant
 * @param toolCallId of a tool's answer: the call that it answers, null where the model gives no ids
 * @param name of the speaker, or of the tool that answers; null for none
 */
public record Message(
    Role role, String content, @Nullable String reasoning, List<ToolCall> toolCalls, @Nullable String toolCallId, @Nullable String name) {

  public Message {
    toolCalls = List.copyOf(toolCalls);
  }

  private static Message of(Role role, String content) {
    return new Message(role, content, null, List.of(), null, null);
  }

  public static Message system(String content) {
    return of(Role.SYSTEM, content);
  }

  public static Message user(String content) {
    return of(Role.USER, content);
  }

  public static Message assistant(String content) {
    return of(Role.ASSISTANT, content);
  }

  /** An assistant that calls tools. */
  public static Message assistant(String content, List<ToolCall> toolCalls) {
    return new Message(Role.ASSISTANT, content, null, toolCalls, null, null);
  }

  /** A tool's answer. */
  public static Message tool(String content) {
    return of(Role.TOOL, content);
  }

  /** A tool's answer to a call. */
  public static Message tool(ToolCall call, String content) {
    return new Message(Role.TOOL, content, null, List.of(), call.id(), call.name());
  }

  /** The same message with what was thought before it. */
  public Message withReasoning(@Nullable String thought) {
    return new Message(role, content, thought, toolCalls, toolCallId, name);
  }

  /** As templates expect it: {@code role}, {@code content} and, where there are any, {@code reasoning_content}, {@code tool_calls}, ... */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("role", role.json());
    json.put("content", content);
    if (reasoning != null) {
      json.put("reasoning_content", reasoning);
    }
    if (!toolCalls.isEmpty()) {
      ArrayNode calls = json.putArray("tool_calls");
      toolCalls.forEach(call -> calls.add(call.toJson()));
    }
    if (toolCallId != null) {
      json.put("tool_call_id", toolCallId);
    }
    if (name != null) {
      json.put("name", name);
    }
    return json;
  }

  /**
   * Reads a message in the form of OpenAI's interface; of content in parts, the parts that are text. Throws {@link ChatException}.
   */
  public static Message fromJson(JsonNode json) {
    if (!json.path("role").isTextual()) {
      throw new ChatException("a message without a role: " + ChatJson.brief(json));
    }
    List<ToolCall> calls = new ArrayList<>();
    json.path("tool_calls").forEach(call -> calls.add(ToolCall.fromJson(call)));
    return new Message(
        Role.of(json.path("role").textValue()), content(json.path("content")), json.path("reasoning_content").textValue(), calls,
        json.path("tool_call_id").textValue(), json.path("name").textValue());
  }

  private static String content(JsonNode content) {
    if (content.isArray()) {
      StringBuilder text = new StringBuilder();
      for (JsonNode part : content) {
        if (!part.path("text").isTextual()) {
          throw new ChatException("a part of a message's content is not text: " + ChatJson.brief(part));
        }
        text.append(part.path("text").textValue());
      }
      return text.toString();
    }
    if (!content.isTextual() && !content.isNull() && !content.isMissingNode()) {
      throw new ChatException("the content of a message must be text, found " + ChatJson.brief(content));
    }
    return content.isTextual() ? content.textValue() : "";
  }
}
