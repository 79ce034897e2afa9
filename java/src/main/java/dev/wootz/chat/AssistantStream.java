package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wootz.chat.Diagnostic.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

/**
 * An answer that arrives in pieces. What could still turn out to be a tag or a call is held back, and so is white space, which counts only
 * between other text; so the deltas, put together, are the reply's reasoning and text. For one thread.
 */
public final class AssistantStream {
  private enum State {
    REASONING,
    TEXT,
    /** Behind an opening tag of a call. */
    CALL,
    /** Behind a call that was begun by a tag. */
    AFTER_CALL,
    /** At what {@link BareCall#BEGIN} finds. */
    BARE
  }

  private final CallReader reader;
  private final boolean offered;
  private final TrimmedText reasoning = new TrimmedText();
  private final TrimmedText text = new TrimmedText();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private List<AssistantEvent> events = new ArrayList<>();

  /** What has arrived and is not settled. */
  private String pending = "";

  private State state;
  private boolean reasoned;
  private BracketScan scan = new BracketScan();
  private CallAnnouncement announcement;
  private int begun;

  AssistantStream(List<Tool> tools, boolean reasoningOpen) {
    this.reader = new CallReader(tools);
    this.offered = !tools.isEmpty();
    this.state = reasoningOpen ? State.REASONING : State.TEXT;
    this.reasoned = reasoningOpen;
    this.announcement = new CallAnnouncement(reader);
  }

  /** Takes the next piece of the answer and gives what has become known by it. */
  public List<AssistantEvent> feed(String piece) {
    events = new ArrayList<>();
    pending += piece;
    run(false);
    return events;
  }

  /** Takes the answer for ended and gives the events that were still held back. */
  public List<AssistantEvent> finish() {
    events = new ArrayList<>();
    run(true);
    if (state == State.REASONING) {
      diagnostics.add(new Diagnostic(Problem.UNCLOSED_REASONING, "the reasoning does not end with " + Tags.END_THINK, "", null));
    }
    return events;
  }

  /** All that is known of the answer; the whole of it after {@link #finish}. */
  public AssistantReply reply() {
    return new AssistantReply(reasoned ? reasoning.toString() : null, text.toString(), List.copyOf(calls), List.copyOf(diagnostics));
  }

  private void run(boolean end) {
    boolean going = true;
    while (going) {
      going = switch (state) {
        case REASONING -> reasoning(end);
        case TEXT -> text(end);
        case CALL -> taggedCall(end);
        case AFTER_CALL -> afterCall(end);
        case BARE -> bareCall(end);
      };
    }
  }

  /** Each step says whether there is more to do with what has arrived. */
  private boolean reasoning(boolean end) {
    int close = pending.indexOf(Tags.END_THINK);
    int settled = close >= 0 ? close : end ? pending.length() : pending.length() - Tags.partial(pending, Tags.END_THINK);
    String delta = reasoning.add(pending.substring(0, settled));
    if (!delta.isEmpty()) {
      events.add(new AssistantEvent.ReasoningDelta(delta));
    }
    pending = pending.substring(close >= 0 ? close + Tags.END_THINK.length() : settled);
    if (close >= 0) {
      state = State.TEXT;
    }
    return close >= 0;
  }

  private boolean text(boolean end) {
    for (int i = 0; i < pending.length(); i++) {
      char c = pending.charAt(i);
      if (c == '<') {
        String rest = pending.substring(i, Math.min(pending.length(), i + Tags.END_CALL.length()));
        for (String tag : Tags.ALL) {
          if (rest.startsWith(tag)) {
            say(i);
            pending = pending.substring(tag.length());
            enter(tag);
            return true;
          }
        }
        if (!end && Tags.ALL.stream().anyMatch(tag -> tag.startsWith(rest))) {
          say(i);
          return false;
        }
      } else if (offered && (c == '{' || c == '[' || c == '`')) {
        Matcher bare = BareCall.BEGIN.matcher(pending).region(i, pending.length());
        if (bare.lookingAt()) {
          say(i);
          state = State.BARE;
          return true;
        }
        if (!end && bare.hitEnd()) {
          say(i);
          return false;
        }
      }
    }
    say(pending.length());
    return false;
  }

  /** The first {@code length} characters are text. */
  private void say(int length) {
    String delta = text.add(pending.substring(0, length));
    if (!delta.isEmpty()) {
      events.add(new AssistantEvent.TextDelta(delta));
    }
    pending = pending.substring(length);
  }

  private void enter(String tag) {
    switch (tag) {
      case Tags.THINK -> {
        state = State.REASONING;
        reasoned = true;
      }
      case Tags.CALL -> startCall();
      default -> diagnostics.add(new Diagnostic(Problem.STRAY_TAG, "the tag " + tag + " closes nothing", tag, null));
    }
  }

  private void startCall() {
    state = State.CALL;
    scan = new BracketScan();
    announcement = new CallAnnouncement(reader);
  }

  private boolean taggedCall(boolean end) {
    String body = pending.stripLeading();
    pending = body;
    if (body.startsWith(FunctionTag.BEGIN) || (!end && FunctionTag.BEGIN.startsWith(body))) {
      return functionCall(end);
    }
    if (!body.startsWith("{") && !body.startsWith("[")) {
      return malformedCall(end, body.indexOf(Tags.END_CALL));
    }
    announcement.advance(body, begun, events);
    int tag = endTag(body);
    int close = scan.advance(body, tag < 0 ? body.length() : tag);
    if (close >= 0) {
      settle(body.substring(0, close));
      pending = body.substring(close);
      state = State.AFTER_CALL;
      return true;
    }
    return (tag >= 0 || end) && malformedCall(end, tag >= 0 ? tag : body.indexOf(Tags.END_CALL));
  }

  /** Where the first closing tag stands that is no part of an argument's text; -1 for none. */
  private static int endTag(String body) {
    BracketScan before = new BracketScan();
    int tag = body.indexOf(Tags.END_CALL);
    while (tag >= 0) {
      before.advance(body, tag);
      if (!before.inText()) {
        return tag;
      }
      tag = body.indexOf(Tags.END_CALL, tag + 1);
    }
    return -1;
  }

  /** {@code <function=name>} and its parameters. */
  private boolean functionCall(boolean end) {
    int close = FunctionTag.end(pending, Tags.END_CALL);
    if (close < 0 && !end) {
      return false;
    }
    String body = pending.substring(0, close < 0 ? pending.length() : close);
    pending = pending.substring(body.length());
    state = State.AFTER_CALL;
    int before = diagnostics.size();
    settle(FunctionTag.parse(body), body);
    // in this form every argument is text
    diagnostics.subList(before, diagnostics.size()).removeIf(one -> one.problem() == Problem.CONVERTED_ARGUMENT);
    return true;
  }

  /** Something that is no whole JSON, up to the closing tag at {@code tag}, or to the end. */
  private boolean malformedCall(boolean end, int tag) {
    if (tag < 0 && !end) {
      return false;
    }
    String body = tag < 0 ? pending : pending.substring(0, tag);
    pending = pending.substring(body.length());
    state = State.AFTER_CALL;
    int brace = body.indexOf('{');
    settle(brace > 0 && !body.startsWith("[") ? body.substring(brace).replaceFirst("\\s*```\\s*$", "") : body);
    return true;
  }

  /** The closing tag of a call, another call, or neither. */
  private boolean afterCall(boolean end) {
    String rest = pending.stripLeading();
    if (rest.startsWith("{")) {
      startCall();
      return true;
    }
    if (!end && Tags.END_CALL.startsWith(rest) && !rest.equals(Tags.END_CALL)) {
      return false;
    }
    state = State.TEXT;
    if (rest.startsWith(Tags.END_CALL)) {
      pending = rest.substring(Tags.END_CALL.length());
      return true;
    }
    diagnostics.add(new Diagnostic(Problem.MISSING_END_TAG, "a tool call must end with " + Tags.END_CALL, "", null));
    return true;
  }

  private boolean bareCall(boolean end) {
    BareCall call = BareCall.at(pending, end);
    if (call == null) {
      return false;
    }
    state = State.TEXT;
    LenientJson json = LenientJson.parse(call.body());
    if (json == null || !reader.looksLikeCall(json.value())) {
      say(call.end());
      return true;
    }
    diagnostics.add(
        call.fenced()
            ? new Diagnostic(Problem.FENCED_JSON, "a tool call must stand in " + Tags.CALL + ", not in a fenced block", call.body(), null)
            : new Diagnostic(Problem.BARE_JSON, "a tool call must stand in " + Tags.CALL, call.body(), null));
    pending = pending.substring(call.end());
    announcement = new CallAnnouncement(reader);
    settle(call.body());
    return true;
  }

  private void settle(String body) {
    LenientJson json = LenientJson.parse(body.strip());
    if (json == null) {
      refuse(new Diagnostic(Problem.INVALID_JSON, "a tool call must be JSON: {\"name\": ..., \"arguments\": {...}}", body, null));
      return;
    }
    if (json.repaired()) {
      diagnostics.add(new Diagnostic(Problem.REPAIRED_JSON, "a tool call was no valid JSON and was repaired", body, null));
    }
    settle(json.value(), body);
  }

  private void settle(JsonNode json, String body) {
    for (CallReader.Outcome outcome : reader.read(json, body, diagnostics)) {
      if (outcome.refusal() != null) {
        refuse(outcome.refusal());
      } else if (outcome.call() != null) {
        announcement.complete(outcome.call(), begun, events);
        calls.add(outcome.call());
        begun++;
      }
      announcement = new CallAnnouncement(reader);
    }
  }

  private void refuse(Diagnostic refusal) {
    diagnostics.add(refusal);
    if (announcement.begun()) {
      events.add(new AssistantEvent.CallRefused(begun++, refusal));
    }
  }
}
