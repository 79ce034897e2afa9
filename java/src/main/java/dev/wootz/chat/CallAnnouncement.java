package dev.wootz.chat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells of a call while it is being written: its name as soon as that is known to be a tool's, then its arguments as they come. */
final class CallAnnouncement {
  private static final Pattern BEGIN = Pattern.compile("\\{\\s*\"name\"\\s*:\\s*\"([^\"\\\\]*)\"\\s*,\\s*\"arguments\"\\s*:\\s*(?=\\{)");

  private final CallReader reader;
  private @Nullable BracketScan arguments;
  private int argumentsBegin;
  private int told;
  private boolean begun;

  CallAnnouncement(CallReader reader) {
    this.reader = reader;
  }

  /** Whether the call has been told of. */
  boolean begun() {
    return begun;
  }

  /** What {@code body}, a call from its opening brace on, says by now. */
  void advance(String body, int index, List<AssistantEvent> events) {
    if (arguments == null) {
      Matcher begin = BEGIN.matcher(body);
      Tool tool = begin.lookingAt() ? reader.tool(begin.group(1)) : null;
      if (tool == null) {
        return;
      }
      begun = true;
      events.add(new AssistantEvent.CallBegun(index, tool.name()));
      arguments = new BracketScan();
      argumentsBegin = begin.end();
    }
    String written = body.substring(argumentsBegin);
    int end = arguments.advance(written);
    int known = end < 0 ? written.length() : end;
    if (known > told) {
      events.add(new AssistantEvent.ArgumentsDelta(index, written.substring(told, known)));
      told = known;
    }
  }

  /** The call is whole. */
  void complete(ToolCall call, int index, List<AssistantEvent> events) {
    if (!begun) {
      events.add(new AssistantEvent.CallBegun(index, call.name()));
      events.add(new AssistantEvent.ArgumentsDelta(index, call.arguments().toString()));
    }
    events.add(new AssistantEvent.CallComplete(index, call));
  }
}
